//! A running journalctl, and the lines that it writes.

use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::Period;
use super::lines::Lines;
use crate::format::audit::{AuditLine, journal_line};
use crate::machine::program::program;
use crate::machine::root::Root;

/// The fields of an entry that are used.
const FIELDS: &str =
    "MESSAGE,SYSLOG_FACILITY,_TRANSPORT,_AUDIT_TYPE,_AUDIT_ID,_SOURCE_REALTIME_TIMESTAMP";
/// What an entry must have: records that came by the audit socket, or the kernel's own messages.
const WANTED: [&[&str]; 3] = [
    &["_TRANSPORT=audit", "_AUDIT_TYPE=1800"],
    &["_TRANSPORT=audit", "_AUDIT_TYPE=1808"],
    &["_TRANSPORT=kernel", "SYSLOG_FACILITY=0"],
];
/// Lines that wait to be taken.
const WAITING_MAX: usize = 256;
/// Most that is read of it, in bytes, unless it is to go on for ever.
const OUTPUT_MAX: u64 = 4 << 30;

/// The entries that are wanted, by their time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entries {
    /// Those that are there.
    Of(Period),
    /// Those that come, for ever.
    FromNowOn,
}

/// The child. It ends with this value.
pub(super) struct Journalctl {
    child: Child,
    lines: Receiver<io::Result<AuditLine>>,
}

impl Journalctl {
    /// Starts it.
    pub(super) fn start(root: &Root, entries: Entries) -> io::Result<Self> {
        let output_max = match entries {
            Entries::Of(_) => OUTPUT_MAX,
            Entries::FromNowOn => u64::MAX,
        };
        let mut child = program("journalctl")
            .args(arguments(root, entries))
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (sender, lines) = sync_channel(WAITING_MAX);
        thread::spawn(move || {
            let mut output = Lines::of(BufReader::new(output.take(output_max)));
            loop {
                let line = output.next().map(|line| line.map(journal_line));
                let Some(line) = line.transpose() else { return };
                let failed = line.is_err();
                // Nobody receives any more, or there is nothing more to receive.
                if sender.send(line).is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// The next line; none once it has ended well.
    ///
    /// # Errors
    /// TimedOut if there is none at that time; or if it has failed.
    pub(super) fn next(&mut self, deadline: Instant) -> io::Result<Option<AuditLine>> {
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(patience) {
            Ok(line) => line.map(Some),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait()?;
                let failed = || io::Error::other(format!("journalctl: {status}"));
                status.success().then_some(None).ok_or_else(failed)
            }
        }
    }

    /// The next line; none if there is none yet.
    ///
    /// # Errors
    /// If it has ended.
    pub(super) fn next_now(&mut self) -> io::Result<Option<AuditLine>> {
        match self.lines.try_recv() {
            Ok(line) => line.map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => {
                let status = self.child.wait()?;
                Err(io::Error::other(format!("journalctl: {status}")))
            }
        }
    }
}

impl Drop for Journalctl {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            log::debug!("{error}");
        }
    }
}

fn arguments(root: &Root, entries: Entries) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["--output=json", "--all", "--no-pager", "--quiet"]
        .map(OsString::from)
        .to_vec();
    arguments.push(format!("--output-fields={FIELDS}").into());
    if !root.is_running_system() {
        let mut option = OsString::from("--root=");
        option.push(root.display(Path::new("")));
        arguments.push(option);
    }
    let since = match entries {
        Entries::Of(Period::All | Period::ThisBoot) => None,
        Entries::Of(Period::Since(start)) => Some(start / 1000),
        // Not `--lines=0`: what comes while it starts would be missing.
        Entries::FromNowOn => {
            arguments.extend(["--follow", "--no-tail"].map(OsString::from));
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            Some(now.unwrap_or_default().as_secs())
        }
    };
    arguments.extend(since.map(|start| format!("--since=@{start}").into()));
    let boot = match entries {
        Entries::Of(Period::ThisBoot) => boot_id().map(|id| format!("_BOOT_ID={id}")),
        Entries::Of(_) | Entries::FromNowOn => None,
    };
    for (at, wanted) in WANTED.iter().enumerate() {
        arguments.extend((at > 0).then(|| "+".into()));
        arguments.extend(boot.clone().map(OsString::from));
        arguments.extend(wanted.iter().map(OsString::from));
    }
    arguments
}

/// As journald writes it. SPEC: random(4), boot_id: without its dashes, systemd.journal-fields(7).
fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let digits: String = id.trim().chars().filter(|&digit| digit != '-').collect();
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(digits)
}
