//! Permission events: whoever opens a file on a watched filesystem waits until it is answered.
//!
//! SPEC: fanotify(7), fanotify_mark(2). An [`OpenEvent`] answers by being dropped, so that no path through
//! the program leaves an opener waiting; any thread may answer it earlier with [`OpenEvent::allow`]. If the
//! process ends, the kernel lets all of them go on.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::fanotify::{
    EventFFlags, Fanotify, FanotifyEvent, FanotifyResponse, InitFlags, MarkFlags, MaskFlags,
    Response,
};

/// Which opens are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Every open of a file, without telling what for.
    Any,
    /// The same, and those for execution are told apart.
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

/// A group of watched filesystems.
#[derive(Debug)]
pub struct Group {
    group: Fanotify,
    opens: Opens,
}

impl Group {
    /// Most opens, each with a descriptor, that one [`Self::read`] returns: what fits nix's 4 KiB.
    pub const READ_MAX: usize = 4096 / 24;

    /// A group that watches nothing yet.
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
        // Read-only: an event's descriptor that can write makes the exec it is about fail (ETXTBSY).
        //
        // SECURITY: O_NONBLOCK, or whoever holds a lease on a file of their own (fcntl(2), F_WRLCK) keeps
        // read(2) of this group waiting for 45 seconds, and with it every open on the machine; so did a
        // FIFO. The kernel then refuses the open of the leased file, once, and of no other.
        let events = EventFFlags::O_RDONLY
            | EventFFlags::O_NONBLOCK
            | EventFFlags::O_LARGEFILE
            | EventFFlags::O_CLOEXEC
            | EventFFlags::O_NOATIME;
        Ok(Self {
            group: Fanotify::init(flags, events)?,
            opens,
        })
    }

    /// Watches the whole filesystem that the path is on. Its openers wait from now on.
    ///
    /// # Errors
    /// If it cannot be watched.
    pub fn add_filesystem(&self, path: &Path) -> io::Result<()> {
        let flags = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        Ok(self
            .group
            .mark(flags, self.opens.mask(), AT_FDCWD, Some(path))?)
    }

    /// The opens that wait now, at most [`Self::READ_MAX`]; none if none does.
    ///
    /// # Errors
    /// The kernel's: its own, or why a descriptor for an open could not be made. That open was refused.
    pub fn read(self: &Arc<Self>) -> io::Result<Vec<OpenEvent>> {
        match self.group.read_events() {
            Ok(events) => Ok(events
                .into_iter()
                .map(|event| OpenEvent {
                    watch: Arc::clone(self),
                    event,
                    answered: AtomicBool::new(false),
                })
                .collect()),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Nobody waits from now on; who waits already is still to be answered.
    ///
    /// # Errors
    /// The kernel's.
    pub fn leave_filesystems(&self) -> io::Result<()> {
        let flags = MarkFlags::FAN_MARK_FLUSH | MarkFlags::FAN_MARK_FILESYSTEM;
        let nothing: Option<&Path> = None;
        let empty = MaskFlags::empty();
        Ok(self.group.mark(flags, empty, AT_FDCWD, nothing)?)
    }

    /// Is asked again about every file, whatever was said with [`OpenEvent::ignore_until_changed`].
    ///
    /// # Errors
    /// The kernel's.
    pub fn ask_again(&self) -> io::Result<()> {
        let nothing: Option<&Path> = None;
        let empty = MaskFlags::empty();
        Ok(self
            .group
            .mark(MarkFlags::FAN_MARK_FLUSH, empty, AT_FDCWD, nothing)?)
    }

    fn mark_inode(&self, flags: MarkFlags, file: BorrowedFd<'_>) -> Result<(), Errno> {
        let itself: Option<&Path> = None;
        self.group.mark(flags, self.opens.mask(), file, itself)
    }
}

impl AsFd for Group {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.group.as_fd()
    }
}

/// Somebody who waits to open a file. Dropping it lets them.
#[derive(Debug)]
pub struct OpenEvent {
    watch: Arc<Group>,
    /// Closes the descriptor when it is dropped, after our own `drop` has answered.
    event: FanotifyEvent,
    answered: AtomicBool,
}

impl OpenEvent {
    /// Lets the opener go on; the file stays open here. Once is enough.
    pub fn allow(&self) {
        if self.answered.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(file) = self.event.fd() {
            let answer = FanotifyResponse::new(file, Response::FAN_ALLOW);
            if let Err(error) = self.watch.group.write_response(answer) {
                // ENOENT: the opener was killed meanwhile.
                log::debug!("an answer was not taken: {error}");
            }
        }
    }

    /// Whether nobody waits any more.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// The file, open to read; none if the kernel lost events.
    #[must_use]
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        self.event.fd()
    }

    /// The process that opens it.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.event.pid().unsigned_abs()
    }

    /// Whether it is opened for execution, where that is told apart.
    #[must_use]
    pub fn is_exec(&self) -> bool {
        self.event.mask().contains(MaskFlags::FAN_OPEN_EXEC_PERM)
    }

    /// Nobody waits for this file any more until it is written to, or [`Group::ask_again`].
    ///
    /// # Errors
    /// The kernel's.
    pub fn ignore_until_changed(&self) -> io::Result<()> {
        self.mark_ignored(
            MarkFlags::FAN_MARK_ADD,
            MarkFlags::FAN_MARK_IGNORE | MarkFlags::FAN_MARK_EVICTABLE,
        )
    }

    /// Takes [`Self::ignore_until_changed`] back.
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
        match self.watch.mark_inode(change | ignore, file) {
            // Linux before 6.0 knows the older form only.
            Err(Errno::EINVAL) => {
                let older = change | MarkFlags::FAN_MARK_IGNORED_MASK;
                Ok(self.watch.mark_inode(older, file)?)
            }
            result => Ok(result?),
        }
    }
}

impl Drop for OpenEvent {
    fn drop(&mut self) {
        self.allow();
    }
}
