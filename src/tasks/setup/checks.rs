//! The step "kernel": whether it appraises, and heeds `ima_appraise=log`.

use std::fs;
use std::path::Path;

use super::appraise::Appraise;
use super::error::SetupError;
use super::item::Item;
use super::site::Site;
use super::step::Step;
use crate::tasks::relabel::Notice;
use crate::tasks::status::{KernelConfig, Readiness, kernel_options};

const NAME: &str = "kernel";
/// Loads keys and policy at boot.
const HELPER: &str = "usr/libexec/dpkg-ima/dpkg-ima-helper";
/// SPEC: efivarfs: four bytes of attributes, then the value: 1 if Secure Boot is on.
const SECURE_BOOT: &str =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// SPEC: `default_appraise_setup()`: without the first the parameter means nothing; with the second it means nothing while
/// Secure Boot is on.
const PARAMETER_OPTION: &str = "CONFIG_IMA_APPRAISE_BOOTPARAM";
const SECURE_BOOT_OPTION: &str = "CONFIG_IMA_SECURE_AND_OR_TRUSTED_BOOT";

/// Looks only.
pub(super) struct Checks;

impl Step for Checks {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        if site.root.metadata_followed(Path::new(HELPER))?.is_none() {
            let reason = format!("/{HELPER} is not there, which loads keys and policy at boot");
            return Ok(Item::blocked(NAME, reason, "apt install dpkg-ima"));
        }
        let options = kernel_options(&site.config);
        if options.readiness != Readiness::Good {
            let hint = options.next.unwrap_or("boot Debian's own kernel");
            return Ok(Item::blocked(NAME, options.reason, hint));
        }
        Ok(match ignores_log(&site.config, secure_boot()) {
            Some(reason) if site.goal == Appraise::Log => {
                let hint =
                    "there is no trial here: see 'dpkg-ima policy check', then setup --enforce";
                Item::blocked(NAME, reason, hint)
            }
            Some(reason) => Item::done(NAME, format!("it can appraise; {reason}")),
            None => Item::done(NAME, "it can appraise, and heeds ima_appraise=log"),
        })
    }

    fn carry_out(&self, _site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        Ok(Vec::new())
    }
}

/// Why the kernel refuses whatever `ima_appraise=log` says; none if it heeds it.
pub(super) fn ignores_log(config: &KernelConfig, secure_boot: bool) -> Option<&'static str> {
    if config.value(PARAMETER_OPTION) != Some("y") {
        return Some(
            "it ignores ima_appraise=log, as it was built without CONFIG_IMA_APPRAISE_BOOTPARAM",
        );
    }
    let heeds_secure_boot = config.value(SECURE_BOOT_OPTION) == Some("y");
    (secure_boot && heeds_secure_boot).then_some(
        "it ignores ima_appraise=log while Secure Boot is on: a policy is enforced at once",
    )
}

/// Whether the firmware started this boot with Secure Boot.
pub(super) fn secure_boot() -> bool {
    fs::read(SECURE_BOOT).is_ok_and(|variable| variable.get(4) == Some(&1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_is_ignored_without_the_parameter_and_under_secure_boot() {
        let with = KernelConfig::of_text;
        let both =
            with("CONFIG_IMA_APPRAISE_BOOTPARAM=y\nCONFIG_IMA_SECURE_AND_OR_TRUSTED_BOOT=y\n");
        assert!(ignores_log(&both, false).is_none());
        assert!(ignores_log(&both, true).unwrap().contains("Secure Boot"));
        let heedless = with("CONFIG_IMA_APPRAISE_BOOTPARAM=y\n");
        assert!(ignores_log(&heedless, true).is_none());
        let fixed = with("# CONFIG_IMA_APPRAISE_BOOTPARAM is not set\n");
        assert!(ignores_log(&fixed, false).unwrap().contains("BOOTPARAM"));
    }
}
