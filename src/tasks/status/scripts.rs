//! What the kernel makes of scripts.

use nix::sys::utsname::uname;

use super::line::StatusLine;
use super::topic::Topic;
use crate::format::decimal::decimal;

/// The first kernel that interpreters can ask, as major and minor number. SPEC: Documentation/userspace-api/check_exec.rst,
/// AT_EXECVE_CHECK.
const ASKED_SINCE: (u32, u32) = (6, 14);

/// A line that says when a script is appraised. No machine is readier than another for it.
pub(super) fn scripts() -> StatusLine {
    let release = uname().map(|name| name.release().to_string_lossy().into_owned());
    StatusLine::good(Topic::Scripts, told(&release.unwrap_or_default()))
}

fn told(release: &str) -> &'static str {
    match version(release) >= Some(ASKED_SINCE) {
        true => {
            "appraised when they are executed (./x); not when an interpreter reads them (sh x, python3 x.py), unless it asks \
             the kernel (AT_EXECVE_CHECK), as few do"
        }
        false => {
            "appraised when they are executed (./x); not when an interpreter reads them (sh x, python3 x.py)"
        }
    }
}

/// Major and minor number of a release such as `6.12.48+deb13-amd64`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|character: char| !character.is_ascii_digit());
    let mut next = || decimal(numbers.next()?.as_bytes());
    Some((next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_can_ask_since_a_version() {
        for (release, can_ask) in [
            ("6.1.0-28-amd64", false),
            ("6.12.48+deb13-amd64", false),
            ("6.14-rc1", true),
            ("6.14.0", true),
            ("7.2.1", true),
            ("10.0", true),
            ("5.99.1", false),
            ("x", false),
            ("", false),
        ] {
            assert_eq!(
                told(release).contains("AT_EXECVE_CHECK"),
                can_ask,
                "{release}"
            );
        }
    }
}
