use super::super::{Action, Demand, Policy};

#[test]
fn what_kernels_take() {
    for (text, rules) in [
        ("appraise func=BPRM_CHECK appraise_type=imasig", 1),
        ("\n  # x\n\tdont_appraise  fsmagic=0x9fa0\t\n", 1),
        (
            "measure func=KEY_CHECK keyrings=.ima|.evm pcr=10 template=ima-buf",
            1,
        ),
        ("measure func=CRITICAL_DATA label=selinux uid=0", 1),
        (
            "appraise func=SETXATTR_CHECK appraise_algos=sha256,sha512",
            1,
        ),
        (
            "appraise func=BPRM_CHECK digest_type=verity appraise_type=sigv3",
            1,
        ),
        (
            "measure digest_type=verity\ndont_appraise digest_type=verity",
            2,
        ),
        ("measure func=KEY_CHECK uid=0 gid=0", 1),
        ("measure func=KEXEC_CMDLINE euid=0 fsname=ext4", 1),
        (
            "appraise euid>999 egid<1000 fowner=0 fgroup=0 fsname=ext4 mask=^MAY_READ",
            1,
        ),
        (
            "dont_appraise fsuuid=8bcbe394-4f13-4144-be8e-5aa9ea2ce2f6",
            1,
        ),
        (
            "audit func=FILE_MMAP mask=MAY_EXEC\nhash uid=0\ndont_hash subj_type=x",
            3,
        ),
        ("appraise obj_type=bin_t permit_directio", 1),
        ("# \u{e9}\nappraise fowner=0", 1),
    ] {
        let policy = Policy::parse(text.as_bytes()).unwrap();
        assert_eq!(policy.rules().len(), rules, "{text}");
    }
}

const MODSIG: &str = "'appraise_type=imasig|modsig' needs a kernel with CONFIG_IMA_APPRAISE_MODSIG, which Debian's are not";
const VERITY: &str =
    "'digest_type=verity' and then 'appraise_type=sigv3' go together, and not with another type";

/// As Debian's Linux 6.1 and 6.12 are built.
#[test]
fn what_they_do_not() {
    let long = format!("appraise fsname={}", "x".repeat(4096));
    for (text, error) in [
        ("", "no rule at all"),
        ("apraise", "'apraise' is no action"),
        ("func=BPRM_CHECK appraise", "'func=BPRM_CHECK' is no action"),
        ("appraise uid=0 # x", "'#' is not known"),
        ("appraise measure", "'measure' is not known"),
        (
            "appraise func=EXEC_CHECK",
            "'func=EXEC_CHECK' has a value that the kernel does not take",
        ),
        (
            "appraise func=BPRM_CHECK\r",
            "'func=BPRM_CHECK\\015' has a value that the kernel does not take",
        ),
        (
            "appraise func=BPRM_CHECK func=MMAP_CHECK",
            "'func' is said twice",
        ),
        ("appraise uid=0 euid=0", "'uid or euid' is said twice"),
        (
            "appraise uid=root",
            "'uid=root' has a value that the kernel does not take",
        ),
        (
            "appraise uid=+1",
            "'uid=+1' has a value that the kernel does not take",
        ),
        (
            "appraise uid=4294967295",
            "'uid=4294967295' has a value that the kernel does not take",
        ),
        (
            "appraise fsmagic=ext4",
            "'fsmagic=ext4' has a value that the kernel does not take",
        ),
        (
            "appraise fsuuid=1-2",
            "'fsuuid=1-2' has a value that the kernel does not take",
        ),
        (
            "appraise mask=EXEC",
            "'mask=EXEC' has a value that the kernel does not take",
        ),
        (
            "appraise appraise_type=evmsig",
            "'appraise_type=evmsig' has a value that the kernel does not take",
        ),
        (
            "dont_appraise appraise_type=imasig",
            "'appraise_type' does not go with this action or func",
        ),
        (
            "appraise pcr=10",
            "'pcr' does not go with this action or func",
        ),
        (
            "appraise func=KEY_CHECK",
            "'func' does not go with this action or func",
        ),
        (
            "measure label=x",
            "'label' does not go with this action or func",
        ),
        (
            "appraise func=MODULE_CHECK appraise_type=imasig|modsig",
            MODSIG,
        ),
        (
            "appraise func=BPRM_CHECK appraise_type=imasig|modsig",
            MODSIG,
        ),
        (
            "appraise appraise_type=imasig appraise_flag=check_blacklist",
            "'appraise_flag=check_blacklist' needs a kernel with CONFIG_IMA_APPRAISE_MODSIG, which Debian's are not",
        ),
        ("appraise appraise_type=sigv3", VERITY),
        ("appraise digest_type=verity", VERITY),
        ("appraise appraise_type=sigv3 digest_type=verity", VERITY),
        ("appraise digest_type=verity appraise_type=imasig", VERITY),
        ("appraise appraise_type=imasig digest_type=verity", VERITY),
        (
            "appraise func=MODULE_CHECK digest_type=verity appraise_type=sigv3",
            "'digest_type' does not go with this action or func",
        ),
        (
            "measure func=KEXEC_KERNEL_CHECK digest_type=verity",
            "'digest_type' does not go with this action or func",
        ),
        (
            "measure func=KEXEC_CMDLINE mask=MAY_READ",
            "'mask' does not go with this action or func",
        ),
        (
            "measure func=KEY_CHECK fowner=0",
            "'fowner' does not go with this action or func",
        ),
        (
            "measure func=KEY_CHECK euid=0",
            "'uid or euid' does not go with this action or func",
        ),
        (
            "measure func=CRITICAL_DATA label=x mask=MAY_READ",
            "'mask' does not go with this action or func",
        ),
        (
            "measure func=CRITICAL_DATA subj_user=x",
            "'subj_user' does not go with this action or func",
        ),
        (
            "appraise func=SETXATTR_CHECK",
            "'appraise_algos' is missing",
        ),
        (
            "appraise func=SETXATTR_CHECK appraise_algos=sha256 uid=0",
            "'uid or euid' does not go with this action or func",
        ),
        ("appraise fowner=\u{660}", "bytes that are no ASCII text"),
        (
            &long,
            "longer than 4095 bytes, and the kernel takes no more in one write",
        ),
    ] {
        let errors = Policy::parse(text.as_bytes()).unwrap_err();
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(text, [format!("line 1: {error}")]);
    }
}

#[test]
fn every_wrong_line_is_named() {
    let errors = Policy::parse(b"x\nappraise\ny\n").unwrap_err();
    assert_eq!(
        errors.iter().map(|error| error.line).collect::<Vec<_>>(),
        [1, 3]
    );
}

#[test]
fn each_type_is_a_demand() {
    for (words, demand) in [
        ("", Demand::Hash),
        ("appraise_type=imasig", Demand::Signature),
        (
            "digest_type=verity appraise_type=sigv3",
            Demand::VeritySignature,
        ),
    ] {
        let policy = Policy::parse(format!("appraise {words}").as_bytes()).unwrap();
        assert_eq!(policy.rules()[0].action, Action::Appraise(demand));
        assert_eq!(policy.demands_signatures(), demand != Demand::Hash);
    }
}
