//! Permission events: a process that opens a file of a marked filesystem waits until the event is answered.
//!
//! SPEC: fanotify(7), fanotify_mark(2). An [`OpenEvent`] answers by being dropped, so that no path through
//! the program leaves an opener waiting; any thread may answer it earlier with [`OpenEvent::allow`]. Once no process
//! has the group open any more, the kernel lets all of them go on. A process that is killed has it open as long as one
//! of its threads hangs in the kernel, so another one has it too ([`Group::allow_all`]).
//!
//! No drop waits for a disk either: a file whose blocks it might free is closed by another thread ([`Closer`]).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::fanotify::{
    EventFFlags, Fanotify, FanotifyEvent, FanotifyResponse, InitFlags, MarkFlags, MaskFlags,
    Response,
};
use nix::sys::stat::{FileStat, fstat};
use rustix::process::{Resource, getrlimit};

use super::closer::Closer;
use super::sys;

/// The most files that wait to be closed by another thread, if the process may have that many descriptors four times.
const CLOSING_MAX: u64 = 2_048;
/// So many blocks of 512 bytes are freed at once, whatever pieces they lie in.
const FEW_BLOCKS: i64 = 2_048;

/// Descriptors that a process has at once have lower numbers: those of opens that wait, and of files being closed.
const NUMBERS: i32 = 16_384;

/// Which opens have events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Every open of a file, without telling what for.
    Any,
    /// Every open of a file, with those for execution told apart.
    TellExec,
}

impl Opens {
    const fn mask(self) -> MaskFlags {
        match self {
            Self::Any => MaskFlags::FAN_OPEN_PERM,
            Self::TellExec => MaskFlags::FAN_OPEN_PERM.union(MaskFlags::FAN_OPEN_EXEC_PERM),
        }
    }
}

/// A notification group, with its marks on filesystems and on files that are ignored.
#[derive(Debug)]
pub struct Group {
    fanotify: Fanotify,
    opens: Opens,
    closer: Closer<FanotifyEvent>,
}

impl Group {
    /// Most events, each with a descriptor, that one [`Self::read`] returns: what fits nix's 4 KiB.
    pub const READ_MAX: usize = 4096 / 24;

    /// A group without marks: it has no events yet.
    ///
    /// # Errors
    /// EPERM without CAP_SYS_ADMIN; EINVAL or ENOSYS on a kernel without permission events.
    pub fn new(opens: Opens) -> io::Result<Self> {
        // An overflowing queue would let files pass unseen.
        let flags = InitFlags::FAN_CLASS_CONTENT
            | InitFlags::FAN_UNLIMITED_QUEUE
            | InitFlags::FAN_UNLIMITED_MARKS
            | InitFlags::FAN_CLOEXEC
            | InitFlags::FAN_NONBLOCK;
        // Read-only, though the label is written to it: fsetxattr(2) needs no right to write. The kernel refuses to
        // execute a file while a descriptor is open that can write (ETXTBSY), so one here would make the exec fail that
        // the event is about.
        //
        // SECURITY: O_NONBLOCK, or a user who holds a lease on a file of their own (fcntl(2), F_WRLCK) keeps
        // read(2) of this group waiting for 45 seconds, and with it every open on the machine; so did a
        // FIFO. The kernel then refuses the open of the leased file, once, and of no other.
        let events = EventFFlags::O_RDONLY
            | EventFFlags::O_NONBLOCK
            | EventFFlags::O_LARGEFILE
            | EventFFlags::O_CLOEXEC
            | EventFFlags::O_NOATIME;
        Ok(Self {
            fanotify: Fanotify::init(flags, events)?,
            opens,
            closer: Closer::new(closing_max()),
        })
    }

    /// The group of another process, which that one gave to this one.
    ///
    /// # Errors
    /// If the descriptor is no group's.
    pub fn inherited(descriptor: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            fanotify: sys::notification_group(descriptor)?,
            opens: Opens::Any,
            closer: Closer::new(closing_max()),
        })
    }

    /// Marks the whole filesystem that the path is on. Openers of its files wait from now on.
    ///
    /// # Errors
    /// If it cannot be marked.
    pub fn add_filesystem(&self, path: &Path) -> io::Result<()> {
        let flags = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        self.mark(flags, self.opens.mask(), path)
    }

    /// The events of openers that wait now, at most [`Self::READ_MAX`]; none if no opener waits. Does not wait.
    ///
    /// # Errors
    /// The kernel's: its own, or why a descriptor for an event could not be made. The open of that event was refused.
    pub fn read(self: &Arc<Self>) -> io::Result<Vec<OpenEvent>> {
        match self.fanotify.read_events() {
            Ok(events) => Ok(events
                .into_iter()
                .map(|event| OpenEvent {
                    group: Arc::clone(self),
                    event: Some(event),
                    answered: AtomicBool::new(false),
                })
                .collect()),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the group itself still answers. No event is read.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        rustix::io::ioctl_fionread(&self.fanotify).is_ok()
    }

    /// Removes the marks of filesystems: openers wait no longer. Those that wait already still have to be answered.
    ///
    /// # Errors
    /// The kernel's.
    pub fn leave_filesystems(&self) -> io::Result<()> {
        let flags = MarkFlags::FAN_MARK_FLUSH | MarkFlags::FAN_MARK_FILESYSTEM;
        self.mark(flags, MaskFlags::empty(), Path::new("/"))
    }

    /// Allows all opens that wait: those whose events nobody has read, and those whose events another process has
    /// read, which answers no more.
    pub fn allow_all(self: &Arc<Self>) {
        while self.read().is_ok_and(|events| !events.is_empty()) {}
        for number in 0..NUMBERS {
            while self.allow_number(number) {}
        }
    }

    /// Whether an open waited whose event has that descriptor, in the process that read it.
    ///
    /// SPEC: fanotify(7): `struct fanotify_response`. The kernel compares numbers, whosever they are.
    fn allow_number(&self, number: i32) -> bool {
        let response = Response::FAN_ALLOW.bits();
        let answer = [number.to_ne_bytes(), response.to_ne_bytes()].concat();
        nix::unistd::write(&self.fanotify, &answer).is_ok()
    }

    /// Removes the ignore marks of all files, so that each has events again: undoes every
    /// [`OpenEvent::ignore_until_changed`].
    ///
    /// # Errors
    /// The kernel's.
    pub fn ask_again(&self) -> io::Result<()> {
        self.mark(
            MarkFlags::FAN_MARK_FLUSH,
            MaskFlags::empty(),
            Path::new("/"),
        )
    }

    /// SPEC: fanotify_mark(2): with FAN_MARK_FLUSH the path only has to be one.
    fn mark(&self, flags: MarkFlags, mask: MaskFlags, path: &Path) -> io::Result<()> {
        Ok(self.fanotify.mark(flags, mask, AT_FDCWD, Some(path))?)
    }

    fn mark_inode(&self, flags: MarkFlags, file: BorrowedFd<'_>) -> Result<(), Errno> {
        let itself: Option<&Path> = None;
        self.fanotify.mark(flags, self.opens.mask(), file, itself)
    }
}

impl AsFd for Group {
    /// Readable while openers wait.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fanotify.as_fd()
    }
}

/// A quarter of the descriptors that this process may have, within reason.
fn closing_max() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(CLOSING_MAX.min(limit / 4)).unwrap_or(0)
}

/// Whether closing a file may take long: it has no name any more, so that its blocks may be freed now.
///
/// SECURITY: users can remove a large file of theirs between this look and the closing.
const fn is_slow_to_close(status: &FileStat) -> bool {
    status.st_nlink == 0 || status.st_uid != 0 && status.st_blocks > FEW_BLOCKS
}

/// A process that waits to open a file. Dropping the event lets it go on.
#[derive(Debug)]
pub struct OpenEvent {
    group: Arc<Group>,
    /// Closes the descriptor when it is dropped. None only while this is dropped.
    event: Option<FanotifyEvent>,
    answered: AtomicBool,
}

impl OpenEvent {
    /// Lets the opener go on; the file stays open here. Only the first call answers.
    pub fn allow(&self) {
        if self.answered.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(file) = self.file() {
            let answer = FanotifyResponse::new(file, Response::FAN_ALLOW);
            if let Err(error) = self.group.fanotify.write_response(answer) {
                // ENOENT: the opener was killed meanwhile.
                log::debug!("an answer was not taken: {error}");
            }
        }
    }

    /// Whether the opener was let go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// The file, open to read and to label; none if the kernel lost events.
    #[must_use]
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        self.event.as_ref()?.fd()
    }

    /// The opener's process id. It cannot be another's while the opener waits.
    #[must_use]
    pub fn process(&self) -> u32 {
        let event = self.event.as_ref();
        event.map_or(0, |event| event.pid().unsigned_abs())
    }

    /// Whether it is opened for execution, where [`Opens::TellExec`] was asked for.
    #[must_use]
    pub fn is_exec(&self) -> bool {
        let exec = |event: &FanotifyEvent| event.mask().contains(MaskFlags::FAN_OPEN_EXEC_PERM);
        self.event.as_ref().is_some_and(exec)
    }

    /// Sets an ignore mark on the file: it has no events until its content is modified, or [`Group::ask_again`]. The
    /// kernel may drop the mark with the inode when memory is short.
    ///
    /// A modification before this call drops no mark, since there is none: to be checked for afterwards, with
    /// [`Self::ask_again`] if there was one.
    ///
    /// # Errors
    /// The kernel's.
    pub fn ignore_until_changed(&self) -> io::Result<()> {
        self.mark_ignored(
            MarkFlags::FAN_MARK_ADD,
            MarkFlags::FAN_MARK_IGNORE | MarkFlags::FAN_MARK_EVICTABLE,
        )
    }

    /// Removes the ignore mark again.
    ///
    /// # Errors
    /// The kernel's.
    pub fn ask_again(&self) -> io::Result<()> {
        self.mark_ignored(MarkFlags::FAN_MARK_REMOVE, MarkFlags::FAN_MARK_IGNORE)
    }

    fn mark_ignored(&self, change: MarkFlags, ignore: MarkFlags) -> io::Result<()> {
        let Some(file) = self.file() else {
            return Ok(());
        };
        match self.group.mark_inode(change | ignore, file) {
            // Linux before 6.0 knows the older form only.
            Err(Errno::EINVAL) => {
                let older = change | MarkFlags::FAN_MARK_IGNORED_MASK;
                Ok(self.group.mark_inode(older, file)?)
            }
            result => Ok(result?),
        }
    }
}

impl Drop for OpenEvent {
    fn drop(&mut self) {
        self.allow();
        let slow = matches!(self.file().map(fstat), Some(Ok(status)) if is_slow_to_close(&status));
        if let Some(event) = self.event.take().filter(|_| slow) {
            self.group.closer.close(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_freed_is_closed_elsewhere() {
        let mut status = fstat(std::fs::File::open("/proc/self/stat").unwrap()).unwrap();
        for (links, user, blocks, expected) in [
            (1, 0, 8, false),
            (1, 0, 1 << 30, false),
            (1, 1_000, FEW_BLOCKS, false),
            (1, 1_000, FEW_BLOCKS + 1, true),
            (0, 0, 8, true),
            (0, 1_000, 8, true),
        ] {
            (status.st_nlink, status.st_uid, status.st_blocks) = (links, user, blocks);
            let case = format!("{links} {user} {blocks}");
            assert_eq!(is_slow_to_close(&status), expected, "{case}");
        }
    }
}
