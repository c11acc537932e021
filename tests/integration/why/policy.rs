//! The rule of the policy that looked at a file, or would.

use std::fs;

use super::records::log;
use super::{UNSIGNED, objects, system, why};
use crate::support::System;

const EVERYONE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/hooks/policies/everyone"
));

fn put(system: &System, path: &str, policy: &str) {
    let path = system.at(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, policy).unwrap();
}

#[test]
fn the_rule_is_told_by_its_line() {
    let system = system();
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    log(&system, &[(UNSIGNED, "/usr/bin/unlabelled")]);
    // The control: without a policy nothing is said of one.
    let told = why(&system).exits(1);
    told.does_not_say("line 17").does_not_say("no rule");
    put(&system, "/etc/dpkg-ima/policy", EVERYONE);
    why(&system)
        .exits(1)
        .says("; line 17 (execute) of /etc/dpkg-ima/policy demands a signature\n");
    let object = objects(&why(&system).arg("--json").exits(1));
    let object = &object["/usr/bin/unlabelled"];
    assert_eq!(object["policy"], "/etc/dpkg-ima/policy");
    let rule = serde_json::json!({"line": 17, "access": "execute", "demand": "signature", "certain": true});
    assert_eq!(object["rules"], serde_json::json!([rule]));
    // One that is not well-formed says nothing.
    put(&system, "/etc/dpkg-ima/policy", "appraise func=\n");
    why(&system).exits(1).does_not_say("/etc/dpkg-ima/policy");
}

#[test]
fn without_a_record_the_policy_decides_what_the_kernel_would_do() {
    let system = system();
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    log(&system, &[(UNSIGNED, "/usr/bin/plain")]);
    let tell = || why(&system).arg("/usr/bin/unlabelled");
    put(&system, "/etc/ima/ima-policy", EVERYONE);
    tell()
        .exits(1)
        .says("the kernel would refuse it: it has no label; ")
        .says("; line 17 (execute) of /etc/ima/ima-policy demands a signature\n");
    put(
        &system,
        "/etc/dpkg-ima/policy",
        "appraise func=BPRM_CHECK uid=7 appraise_type=imasig\n",
    );
    tell()
        .exits(1)
        .says("the kernel may refuse it: it has no label; ")
        .says("; line 1 (execute) of /etc/dpkg-ima/policy may demand a signature\n");
    put(
        &system,
        "/etc/dpkg-ima/policy",
        "appraise func=MODULE_CHECK appraise_type=imasig\n",
    );
    tell()
        .ok()
        .says("the kernel would not look at it: it has no label; ")
        .says("; no rule of /etc/dpkg-ima/policy looks at it\n")
        .does_not_say("->");
    // A record says otherwise.
    why(&system)
        .exits(1)
        .says("; no rule of /etc/dpkg-ima/policy looks at it, so the kernel has another policy\n");
    put(&system, "/etc/dpkg-ima/policy", "appraise fowner=0\n");
    system.set("/usr/bin/unlabelled", &[&[4, 4][..], &[0; 32]].concat());
    tell()
        .ok()
        .says("the kernel would accept the hash of its content: its label is a hash")
        .does_not_say("->");
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    tell()
        .exits(1)
        .says("line 1 (execute) of /etc/dpkg-ima/policy demands a hash or a signature");
}
