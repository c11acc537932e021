//! The options that the kernel was built with, and its command line.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use nix::sys::utsname::uname;

use super::line::StatusLine;
use super::topic::Topic;
use crate::machine::appraise_mode::AppraiseMode;
use crate::machine::root::Root;
use crate::tasks::boot::Parameter;

/// Largest configuration that is read, in bytes, unpacked.
const CONFIG_MAX: u64 = 1 << 22;
/// The options without which nothing is appraised, or labelled in time.
const NEEDED: [&str; 5] = [
    "CONFIG_IMA",
    "CONFIG_IMA_APPRAISE",
    "CONFIG_INTEGRITY_SIGNATURE",
    "CONFIG_INTEGRITY_ASYMMETRIC_KEYS",
    "CONFIG_FANOTIFY_ACCESS_PERMISSIONS",
];

/// The options that the kernel was built with, and their values.
pub struct KernelConfig(Option<HashMap<String, String>>);

impl KernelConfig {
    /// Reads `/proc/config.gz`, or else the file in /boot. Where neither can be read, no option has a value.
    #[must_use]
    pub fn of_running_kernel(root: &Root) -> Self {
        let text = compressed().or_else(|| {
            let release = uname().ok()?.release().to_str()?.to_owned();
            let path = Path::new("boot").join(format!("config-{release}"));
            let text = root.read(&path, CONFIG_MAX).ok()??;
            String::from_utf8(text).ok()
        });
        Self(text.map(|text| parse(&text)))
    }

    /// The options that a text names, in the form of /proc/config.gz.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(Some(parse(text)))
    }

    /// The value of an option, `n` if the kernel was built without it; none if the options cannot be read.
    #[must_use]
    pub fn value(&self, option: &str) -> Option<&str> {
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
#[must_use]
pub fn options(config: &KernelConfig) -> StatusLine {
    const TOPIC: Topic = Topic::KernelOptions;
    if config.0.is_none() {
        let reason = "neither /proc/config.gz nor the file in /boot can be read";
        return StatusLine::unknown(TOPIC, reason, "look at how the kernel was configured");
    }
    let lacks = |option: &&str| config.value(option) != Some("y");
    let missing: Vec<_> = NEEDED.into_iter().filter(lacks).collect();
    if missing.is_empty() {
        return StatusLine::good(TOPIC, "it can appraise");
    }
    let reason = format!("not built with {}", missing.join(", "));
    StatusLine::not(TOPIC, reason, "boot Debian's or Ubuntu's own kernel")
}

/// Whether a file is refused that the kernel appraises and finds wanting.
pub(super) fn command_line() -> StatusLine {
    const TOPIC: Topic = Topic::CommandLine;
    let Ok(line) = fs::read_to_string("/proc/cmdline") else {
        return StatusLine::unknown(TOPIC, "cannot read /proc/cmdline", "mount /proc");
    };
    judge_command_line(TOPIC, &line)
}

/// SPEC: `default_appraise_setup()`: without `ima_appraise=` the kernel enforces; with Secure Boot it ignores the
/// parameter.
fn judge_command_line(topic: Topic, line: &str) -> StatusLine {
    match AppraiseMode::parse(line) {
        mode @ (AppraiseMode::Off | AppraiseMode::Log | AppraiseMode::Fix) => StatusLine::not(
            topic,
            format!(
                "ima_appraise={}: nothing is refused (unless Secure Boot is on)",
                mode.name()
            ),
            match mode {
                AppraiseMode::Log => "dpkg-ima setup --enforce, when all else here is good",
                _ => "dpkg-ima setup replaces it",
            },
        ),
        AppraiseMode::Enforce if Parameter::parse(line) == Parameter::Off => StatusLine::not(
            topic,
            "dpkg_ima=off: neither keys nor policy are loaded at boot",
            "remove it when the reason for it is gone",
        ),
        AppraiseMode::Enforce => StatusLine::good(
            topic,
            "what a policy appraises is refused without a good label",
        ),
    }
}

/// The kinds of signature that the kernel can verify.
pub(super) fn algorithms(config: &KernelConfig) -> StatusLine {
    const TOPIC: Topic = Topic::Algorithms;
    let has = |option| config.value(option).map(|value| value != "n");
    match (has("CONFIG_CRYPTO_RSA"), has("CONFIG_CRYPTO_ECDSA")) {
        (Some(true), Some(true)) => StatusLine::good(TOPIC, "RSA and ECDSA"),
        (Some(true), _) => StatusLine::good(TOPIC, "RSA, and no ECDSA"),
        (None, _) => {
            StatusLine::unknown(TOPIC, "the configuration cannot be read", "use an RSA key")
        }
        (Some(false), _) => {
            StatusLine::not(TOPIC, "no RSA", "boot Debian's or Ubuntu's own kernel")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Readiness;
    use super::*;

    #[test]
    fn the_last_word_of_the_command_line_counts() {
        for (line, state) in [
            ("quiet", Readiness::Good),
            ("ima_appraise=log ima_appraise=enforce", Readiness::Good),
            ("ima_appraise=log", Readiness::Not),
            ("ima_appraise=fix quiet", Readiness::Not),
            ("dpkg_ima=off", Readiness::Not),
        ] {
            assert_eq!(
                judge_command_line(Topic::CommandLine, line).readiness,
                state,
                "{line}"
            );
        }
    }

    #[test]
    fn options_that_are_missing_are_named() {
        let text = "CONFIG_IMA=y\n# CONFIG_IMA_APPRAISE is not set\nCONFIG_CRYPTO_RSA=y\n";
        let config = KernelConfig::of_text(text);
        let line = options(&config);
        assert_eq!(line.readiness, Readiness::Not);
        assert!(
            line.reason.contains("CONFIG_IMA_APPRAISE, "),
            "{}",
            line.reason
        );
        assert_eq!(algorithms(&config).reason, "RSA, and no ECDSA");
        assert_eq!(options(&KernelConfig(None)).readiness, Readiness::Unknown);
    }
}
