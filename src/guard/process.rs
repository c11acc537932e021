//! Processes: the starting of this program once more, and what /proc says of one.

use std::env;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The variable that tells env_logger what to log.
const LOG_LEVEL: &str = "RUST_LOG";

/// A command that runs this very executable with other arguments. Of this process it inherits the log level; standard
/// input and output are /dev/null.
pub(super) fn ourselves(arguments: &[&str]) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("dpkg-ima-helper")
        .args(arguments)
        .env_clear()
        .envs(env::var_os(LOG_LEVEL).map(|level| (LOG_LEVEL, level)))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Some fields of /proc/PID/stat.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProcessStat {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) parent: u32,
}

impl ProcessStat {
    pub(super) fn of(process: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        Self::parse(&stat).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// SPEC: proc(5): `pid (name) state ppid …`; the name may hold spaces and parentheses.
    fn parse(stat: &str) -> Option<Self> {
        let (id, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        Some(Self {
            id: id.parse().ok()?,
            name: name.to_owned(),
            parent: rest.split(' ').nth(1)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let parsed = ProcessStat::parse("12 (a) b (c) S 7 12 12 0 -1").unwrap();
        let expected = ProcessStat {
            id: 12,
            name: "a) b (c".into(),
            parent: 7,
        };
        assert_eq!(parsed, expected);
        assert_eq!(ProcessStat::parse("12 (a"), None);
    }
}
