//! The kernel parameter `dpkg_ima`.

use std::fs;
use std::io;

/// The value of `dpkg_ima=` on the kernel's command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parameter {
    /// Not given: a policy is loaded unless it would keep the machine from booting.
    #[default]
    Careful,
    /// `force`: a policy is loaded even then.
    Force,
    /// `off`: nothing is loaded.
    Off,
}

impl Parameter {
    /// The parameter of the running kernel.
    ///
    /// # Errors
    /// If /proc/cmdline cannot be read.
    pub fn of_this_boot() -> io::Result<Self> {
        fs::read_to_string("/proc/cmdline").map(|line| Self::parse(&line))
    }

    /// The last known value on a command line. Others are logged, and count as not given.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let values = line
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("dpkg_ima="));
        let mut known = values.filter_map(|value| match value {
            "force" => Some(Self::Force),
            "off" => Some(Self::Off),
            other => {
                log::warn!(
                    "dpkg_ima={} means nothing: 'off' and 'force' do",
                    other.escape_debug()
                );
                None
            }
        });
        known.next_back().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        for (line, parameter) in [
            ("root=/dev/vda quiet\n", Parameter::Careful),
            ("dpkg_ima=off dpkg_ima=force", Parameter::Force),
            ("a dpkg_ima=off\n", Parameter::Off),
            ("dpkg_ima=on xdpkg_ima=off", Parameter::Careful),
        ] {
            assert_eq!(Parameter::parse(line), parameter, "{line}");
        }
    }
}
