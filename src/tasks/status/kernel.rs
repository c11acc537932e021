//! What the kernel was built with, and what it was told when it started.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use nix::sys::utsname::uname;

use super::Line;
use crate::machine::root::Root;

/// Largest configuration that we read, in bytes.
const CONFIG_MAX: u64 = 1 << 22;
/// What appraisal needs.
const NEEDED: [&str; 5] = [
    "CONFIG_IMA",
    "CONFIG_IMA_APPRAISE",
    "CONFIG_INTEGRITY_SIGNATURE",
    "CONFIG_INTEGRITY_ASYMMETRIC_KEYS",
    "CONFIG_FANOTIFY_ACCESS_PERMISSIONS",
];

/// The configuration, if it can be had.
pub(super) struct Config(Option<HashMap<String, String>>);

impl Config {
    /// `/proc/config.gz`, or the file in /boot.
    pub(super) fn of_running_kernel(root: &Root) -> Self {
        let text = compressed().or_else(|| {
            let release = uname().ok()?.release().to_str()?.to_owned();
            let path = Path::new("boot").join(format!("config-{release}"));
            let text = root.read(&path, CONFIG_MAX).ok()??;
            String::from_utf8(text).ok()
        });
        Self(text.map(|text| parse(&text)))
    }

    fn value(&self, option: &str) -> Option<&str> {
        let options = self.0.as_ref()?;
        Some(options.get(option).map_or("n", String::as_str))
    }
}

fn compressed() -> Option<String> {
    let file = File::open("/proc/config.gz").ok()?;
    let mut text = String::new();
    let mut unpacked = GzDecoder::new(file).take(CONFIG_MAX);
    unpacked.read_to_string(&mut text).ok()?;
    Some(text)
}

fn parse(text: &str) -> HashMap<String, String> {
    let pair = |line: &str| {
        let (option, value) = line.split_once('=')?;
        Some((option.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// Whether the kernel can appraise at all.
pub(super) fn options(config: &Config) -> Line {
    const TOPIC: &str = "kernel options";
    if config.0.is_none() {
        let reason = "neither /proc/config.gz nor the file in /boot can be read";
        return Line::unknown(TOPIC, reason, "look at how the kernel was configured");
    }
    let lacks = |option: &&str| config.value(option) != Some("y");
    let missing: Vec<_> = NEEDED.into_iter().filter(lacks).collect();
    if missing.is_empty() {
        return Line::good(TOPIC, "it can appraise");
    }
    let reason = format!("not built with {}", missing.join(", "));
    Line::not(TOPIC, reason, "boot Debian's or Ubuntu's own kernel")
}

/// Whether what it appraises has consequences.
pub(super) fn command_line() -> Line {
    const TOPIC: &str = "kernel command line";
    let Ok(line) = fs::read_to_string("/proc/cmdline") else {
        return Line::unknown(TOPIC, "cannot read /proc/cmdline", "mount /proc");
    };
    judge_command_line(TOPIC, &line)
}

/// SPEC: `default_appraise_setup()`: enforce, unless told otherwise; and with Secure Boot it is not
/// listened to.
fn judge_command_line(topic: &'static str, line: &str) -> Line {
    let words = || line.split_whitespace();
    let mode = words()
        .filter_map(|word| word.strip_prefix("ima_appraise="))
        .next_back();
    match mode {
        Some(mode @ ("off" | "log" | "fix")) => Line::not(
            topic,
            format!("ima_appraise={mode}: nothing is refused (unless Secure Boot is on)"),
            "take it away when all else here is good; enforce is the default",
        ),
        _ if words().any(|word| word == "dpkg_ima=off") => Line::not(
            topic,
            "dpkg_ima=off: neither keys nor policy are loaded at boot",
            "take it away when the reason for it is gone",
        ),
        _ => Line::good(
            topic,
            "what a policy appraises is refused without a good label",
        ),
    }
}

/// What kinds of signature it can check.
pub(super) fn algorithms(config: &Config) -> Line {
    const TOPIC: &str = "algorithms";
    let has = |option| config.value(option).map(|value| value != "n");
    match (has("CONFIG_CRYPTO_RSA"), has("CONFIG_CRYPTO_ECDSA")) {
        (Some(true), Some(true)) => Line::good(TOPIC, "RSA and ECDSA"),
        (Some(true), _) => Line::good(TOPIC, "RSA, and no ECDSA"),
        (None, _) => Line::unknown(TOPIC, "the configuration cannot be read", "use an RSA key"),
        (Some(false), _) => Line::not(TOPIC, "no RSA", "boot Debian's or Ubuntu's own kernel"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn the_last_word_of_the_command_line_counts() {
        for (line, state) in [
            ("quiet", State::Good),
            ("ima_appraise=log ima_appraise=enforce", State::Good),
            ("ima_appraise=log", State::Not),
            ("ima_appraise=fix quiet", State::Not),
            ("dpkg_ima=off", State::Not),
        ] {
            assert_eq!(judge_command_line("x", line).state, state, "{line}");
        }
    }

    #[test]
    fn options_that_are_missing_are_named() {
        let text = "CONFIG_IMA=y\n# CONFIG_IMA_APPRAISE is not set\nCONFIG_CRYPTO_RSA=y\n";
        let config = Config(Some(parse(text)));
        let line = options(&config);
        assert_eq!(line.state, State::Not);
        assert!(
            line.reason.contains("CONFIG_IMA_APPRAISE, "),
            "{}",
            line.reason
        );
        assert_eq!(algorithms(&config).reason, "RSA, and no ECDSA");
        assert_eq!(options(&Config(None)).state, State::Unknown);
    }
}
