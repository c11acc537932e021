//! The kernel's ring buffer, `/dev/kmsg`.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::libc::{EPIPE, O_NONBLOCK};

use super::extent::Extent;
use crate::format::audit::{AuditLine, KernelMessage, LINE_MAX};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

const KMSG: &str = "/dev/kmsg";

/// Reads all messages of the running system.
pub(super) fn read(root: &Root, hear: &mut dyn FnMut(AuditLine)) -> Result<Extent, SystemError> {
    if !root.is_running_system() {
        return Ok(Extent::Absent);
    }
    let Some(mut messages) = KernelMessages::open().map_err(at("open"))? else {
        return Ok(Extent::Absent);
    };
    let mut first = None;
    while let Some(message) = messages.next().map_err(at("read"))? {
        first = first.or(Some(message.number));
        hear(message.line);
    }
    Ok(match first {
        Some(1..) => Extent::BeginsLate,
        Some(0) | None => Extent::Whole,
    })
}

/// For `map_err`.
pub(super) fn at(operation: &'static str) -> impl FnOnce(io::Error) -> SystemError {
    SystemError::at(operation, Path::new(KMSG))
}

/// The messages, the oldest first; those that come later too.
pub(super) struct KernelMessages {
    ring: File,
    /// Room for the longest message: SPEC: `CONSOLE_EXT_LOG_MAX`, 8192 bytes, kernel/printk.
    message: Vec<u8>,
    /// Whether messages were overwritten before they were read.
    is_overrun: bool,
}

impl KernelMessages {
    /// None where there is no such device, as in containers.
    pub(super) fn open() -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        match options.read(true).custom_flags(O_NONBLOCK).open(KMSG) {
            Ok(ring) => Ok(Some(Self {
                ring,
                message: vec![0; LINE_MAX],
                is_overrun: false,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The next message of the kernel; none if all were read.
    pub(super) fn next(&mut self) -> io::Result<Option<KernelMessage>> {
        loop {
            match self.ring.read(&mut self.message) {
                Ok(0) => return Ok(None),
                Ok(length) => {
                    let read = self.message.get(..length).unwrap_or_default();
                    if let Some(message) = KernelMessage::parse(read) {
                        return Ok(Some(message));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                // SPEC: dev-kmsg: messages were overwritten before they were read; the next read goes on behind them.
                Err(error) if error.raw_os_error() == Some(EPIPE) => self.is_overrun = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether messages were overwritten before they were read, since this was asked last.
    pub(super) const fn take_overrun(&mut self) -> bool {
        std::mem::replace(&mut self.is_overrun, false)
    }
}
