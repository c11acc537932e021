//! The one file with `unsafe`: system calls that have no safe interface.
#![expect(unsafe_code, reason = "each block says why it is sound")]

use std::ffi::{CStr, c_int, c_long};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

use memmap2::Mmap;
use nix::libc::{
    self, SYS_add_key, SYS_keyctl, SYS_seccomp, c_ulong, sock_filter, sock_fprog, syscall,
};
use nix::sys::fanotify::Fanotify;

/// Maps a file to read. Only for files that are replaced by rename(2) and never changed in place: of another, the bytes
/// could change while they are parsed, and reading past a new end would be fatal (SIGBUS).
///
/// # Errors
/// The kernel's.
pub fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: a mapping is unsound if the file shrinks or changes under it. Callers map files that
    // only root may write, and that this program writes once, under another name, before it renames
    // them to the name that is opened here.
    unsafe { Mmap::map(file) }
}

/// The notification group of a descriptor.
///
/// # Errors
/// `InvalidInput` if the descriptor is something else.
pub fn notification_group(descriptor: OwnedFd) -> io::Result<Fanotify> {
    let path = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
    // SPEC: proc(5): the link of a file without a path names its kind.
    if std::fs::read_link(path)?.as_os_str() != "anon_inode:[fanotify]" {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: it is owned and open, and the kernel says that it is a group: that is all that is demanded.
    Ok(unsafe { Fanotify::from_owned_fd(descriptor) })
}

/// The number of a key or keyring; the negative ones stand for keyrings of the caller.
pub type Serial = i32;

/// SPEC: linux/keyctl.h: the operations of keyctl(2), `KEYCTL_JOIN_SESSION_KEYRING` and so on.
const JOIN_SESSION_KEYRING: c_int = 1;
const SETPERM: c_int = 5;
const DESCRIBE: c_int = 6;
const LINK: c_int = 8;
const UNLINK: c_int = 9;
const SEARCH: c_int = 10;
const READ: c_int = 11;
const INVALIDATE: c_int = 21;
const PKEY_QUERY: c_int = 24;
const PKEY_VERIFY: c_int = 28;

/// add_key(2): makes a key in that keyring. Without a description the key's type makes one up. A key of the same type
/// and description is replaced.
///
/// # Errors
/// The kernel's.
pub fn add_key(
    kind: &CStr,
    description: Option<&CStr>,
    payload: &[u8],
    keyring: Serial,
) -> io::Result<Serial> {
    let description = description.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: the kernel reads two strings that end in NUL (the second may be null) and
    // `payload.len()` bytes, all of which live until the call returns; it keeps no pointer.
    let answer = unsafe {
        syscall(
            SYS_add_key,
            kind.as_ptr(),
            description,
            payload.as_ptr(),
            payload.len(),
            keyring,
        )
    };
    serial(answer)
}

/// keyctl_search(3): finds the key of that type and description in that keyring or in those linked into it.
///
/// # Errors
/// ENOKEY if there is none.
pub fn search_keyring(keyring: Serial, kind: &CStr, description: &CStr) -> io::Result<Serial> {
    // SAFETY: the kernel reads two strings that end in NUL and live until the call returns.
    let answer = unsafe {
        syscall(
            SYS_keyctl,
            SEARCH,
            keyring,
            kind.as_ptr(),
            description.as_ptr(),
            0,
        )
    };
    serial(answer)
}

/// SPEC: `KEY_MAX_DESC_SIZE`, security/keys/internal.h, and room for the type and three numbers.
const DESCRIPTION_MAX: usize = 4096 + 128;

/// keyctl_describe(3): type, owner, group, permissions and description of a key, with semicolons between.
///
/// # Errors
/// The kernel's; `FileTooLarge` if it is longer than the kernel makes any.
pub fn describe_key(key: Serial) -> io::Result<Vec<u8>> {
    let mut text = vec![0_u8; DESCRIPTION_MAX];
    // SAFETY: the kernel writes at most as many bytes as the vector has.
    let answer = unsafe { syscall(SYS_keyctl, DESCRIBE, key, text.as_mut_ptr(), text.len()) };
    let needed = usize::try_from(answer).map_err(|_| io::Error::last_os_error())?;
    if needed > text.len() {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // The NUL at its end is counted.
    text.truncate(needed.saturating_sub(1));
    Ok(text)
}

/// keyctl_read(3) of a keyring: the numbers of the keys in it, at most `room` of them.
///
/// # Errors
/// The kernel's; `FileTooLarge` if there are more.
pub fn read_keyring(keyring: Serial, room: usize) -> io::Result<Vec<Serial>> {
    let mut keys: Vec<Serial> = vec![0; room];
    // SAFETY: the kernel writes at most as many bytes as the vector has, and any bytes are an i32.
    let answer = unsafe {
        syscall(
            SYS_keyctl,
            READ,
            keyring,
            keys.as_mut_ptr(),
            room * size_of::<Serial>(),
        )
    };
    let needed = usize::try_from(answer).map_err(|_| io::Error::last_os_error())?;
    if needed > room * size_of::<Serial>() {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    keys.truncate(needed / size_of::<Serial>());
    Ok(keys)
}

/// keyctl_join_session_keyring(3): afterwards this process, and those it starts, have a new session keyring.
///
/// # Errors
/// The kernel's.
pub fn join_new_session_keyring() -> io::Result<Serial> {
    // SAFETY: no memory is passed: a null name asks for one without a name.
    serial(unsafe { syscall(SYS_keyctl, JOIN_SESSION_KEYRING, ptr::null::<u8>()) })
}

/// keyctl_link(3): afterwards the keyring holds that key too.
///
/// # Errors
/// The kernel's.
pub fn link_key(key: Serial, keyring: Serial) -> io::Result<()> {
    // SAFETY: no memory is passed.
    serial(unsafe { syscall(SYS_keyctl, LINK, key, keyring) }).map(drop)
}

/// keyctl_unlink(3): afterwards the keyring does not hold that key.
///
/// # Errors
/// The kernel's.
pub fn unlink_key(key: Serial, keyring: Serial) -> io::Result<()> {
    // SAFETY: no memory is passed.
    serial(unsafe { syscall(SYS_keyctl, UNLINK, key, keyring) }).map(drop)
}

/// keyctl_invalidate(3): afterwards no keyring holds that key.
///
/// # Errors
/// The kernel's.
pub fn invalidate_key(key: Serial) -> io::Result<()> {
    // SAFETY: no memory is passed.
    serial(unsafe { syscall(SYS_keyctl, INVALIDATE, key) }).map(drop)
}

/// keyctl_setperm(3): sets the permissions of that key.
///
/// # Errors
/// The kernel's.
pub fn set_key_permissions(key: Serial, permissions: u32) -> io::Result<()> {
    // SAFETY: no memory is passed.
    serial(unsafe { syscall(SYS_keyctl, SETPERM, key, permissions) }).map(drop)
}

/// The abilities of an asymmetric key.
///
/// SPEC: `struct keyctl_pkey_query`, linux/keyctl.h.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyAbilities {
    /// A set of bits, of which [`Self::VERIFY`] is one.
    pub operations: u32,
    /// Length of the key in bits.
    pub key_bits: u32,
    /// Longest digest, in bytes.
    pub data_max: u16,
    /// Longest signature, in bytes.
    pub signature_max: u16,
    /// Longest encrypted data, in bytes.
    pub encrypted_max: u16,
    /// Longest decrypted data, in bytes.
    pub decrypted_max: u16,
    /// Zero, for later kernels.
    pub spare: [u32; 10],
}

impl KeyAbilities {
    /// The bit of a key that can verify signatures.
    pub const VERIFY: u32 = 8;
}

/// keyctl_pkey_query(3): the abilities of a key for signatures of that form (`enc=… hash=…`).
///
/// # Errors
/// The kernel's, if it cannot use the key for that form.
pub fn query_key(key: Serial, how: &CStr) -> io::Result<KeyAbilities> {
    let mut abilities = KeyAbilities::default();
    // SAFETY: the kernel reads a string that ends in NUL and writes one structure of the layout that
    // it has in its own header; both live until the call returns.
    let answer = unsafe {
        syscall(
            SYS_keyctl,
            PKEY_QUERY,
            key,
            0,
            how.as_ptr(),
            &raw mut abilities,
        )
    };
    serial(answer).map(|_| abilities)
}

/// SPEC: `struct keyctl_pkey_params`, linux/keyctl.h.
#[repr(C)]
struct Lengths {
    key: Serial,
    digest: u32,
    signature: u32,
    spare: [u32; 7],
}

/// keyctl_pkey_verify(3): succeeds if that key made the signature over the digest.
///
/// # Errors
/// The kernel's: the key did not, or the kernel cannot tell.
pub fn verify_by_key(key: Serial, how: &CStr, digest: &[u8], signature: &[u8]) -> io::Result<()> {
    let lengths = Lengths {
        key,
        digest: u32::try_from(digest.len()).map_err(io::Error::other)?,
        signature: u32::try_from(signature.len()).map_err(io::Error::other)?,
        spare: [0; 7],
    };
    // SAFETY: the kernel reads the structure, a string that ends in NUL, and as many bytes of the digest
    // and the signature as the structure says; all live until the call returns.
    let answer = unsafe {
        syscall(
            SYS_keyctl,
            PKEY_VERIFY,
            &raw const lengths,
            how.as_ptr(),
            digest.as_ptr(),
            signature.as_ptr(),
        )
    };
    serial(answer).map(drop)
}

/// The answer of a call: a key's number, or -1 and errno.
fn serial(answer: c_long) -> io::Result<Serial> {
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Serial::try_from(answer).map_err(io::Error::other)
}

/// seccomp(2): from now on the calling thread, and the threads and processes that it starts, make only the system calls
/// that this program allows; the kernel's audit records the others. The thread must have no_new_privs.
///
/// # Errors
/// The kernel's.
pub fn filter_calls(program: &mut [sock_filter]) -> io::Result<()> {
    let len = u16::try_from(program.len()).map_err(io::Error::other)?;
    let filter = program.as_mut_ptr();
    let filter = sock_fprog { len, filter };
    // Linux before 5.16 would otherwise slow the thread down by its protection from speculation, for
    // a program that runs no foreign code.
    let flags: c_ulong = libc::SECCOMP_FILTER_FLAG_LOG | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // SAFETY: the kernel copies `len` instructions and keeps no pointer; the structure and what it
    // points to live until the call returns.
    let answer = unsafe {
        syscall(
            SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const filter,
        )
    };
    serial(answer).map(drop)
}
