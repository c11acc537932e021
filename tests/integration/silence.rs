//! What is passed over is told.

use std::fs;

use crate::support::{DebBuilder, Run, System, TestKey, scratch};

#[test]
fn files_that_are_no_certificates_by_their_names() {
    let root = scratch();
    let folder = root.path().join("etc/keys/ima");
    fs::create_dir_all(&folder).unwrap();
    let list = || {
        let run = Run::dpkg_ima().args(["keys", "list", "--root"]);
        run.arg(root.path()).outcome()
    };
    let none = format!("no certificate in '{}'", folder.to_str().unwrap());
    list().says(&none);
    fs::copy(&TestKey::shared().certificate, folder.join("ima.crt")).unwrap();
    let listed = list().says("ima.crt' is not used: its name ends neither in .pem nor in .der");
    listed.says(&none);

    let deb = DebBuilder::new("x", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = TestKey::shared().signed(&deb.build(root.path()), &folder);
    let verify = Run::dpkg_ima().args(["verify", "--root"]).arg(root.path());
    let verified = verify.arg(&deb).exits(1).says("ima.crt' is not used: ");
    verified.says(&format!("{none}; give one with --cert"));

    fs::rename(folder.join("ima.crt"), folder.join("ima.pem")).unwrap();
    fs::remove_file(&deb).unwrap();
    list()
        .does_not_say("is not used")
        .does_not_say("no certificate");
}

#[test]
fn a_package_without_anything_to_sign() {
    let folder = scratch();
    let deb = DebBuilder::new("x", "1").file("/usr/share/x", "text\n", 0o644);
    let deb = deb.build(folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    let verify = TestKey::shared().verify().arg(&deb);
    verify.ok().says("has no files that its list names");
    let show = Run::dpkg_ima().arg("show").arg(&deb);
    show.ok().says("has a list without entries");
}

/// For the year 2020 only. It is nobody's: its key was thrown away.
const EXPIRED: &str = "\
-----BEGIN CERTIFICATE-----
MIIBTjCB9aADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB2V4cGlyZWQw
HhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdleHBp
cmVkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfyeC+qpW1APHgTvJK7JQNO7X
pV+NA1cNOjdXeY14i/V9OgPO4ZosC5XgWARQZxeAZ8lOXBolmPtGC/3Rbe8azKM8
MDowDAYDVR0TAQH/BAIwADALBgNVHQ8EBAMCB4AwHQYDVR0OBBYEFM5RImaX+ihJ
V5z4WBYDO10U1C6SMAoGCCqGSM49BAMCA0gAMEUCIQDOtk8SQrUp1tC/KwraCACq
f98mdADPLbkyHxZwJtOdnQIgFXYzlMAtQSOb1fOK5ryOexQxvOymtuWOYWt41ttW
0wg=
-----END CERTIFICATE-----
";

#[test]
fn a_certificate_that_has_expired() {
    let system = System::new();
    system.trust(TestKey::shared());
    let told = "expired.pem' expired on 2021-01-01T00:00:00Z, and is used all the same: the kernel does not look at dates";
    let commands = || {
        let policy = system.at("/policy");
        fs::write(&policy, "appraise func=BPRM_CHECK\n").unwrap();
        [
            Run::dpkg_ima().args(["verify"]),
            Run::dpkg_ima().args(["relabel", "--dry-run"]),
            Run::dpkg_ima().args(["policy", "check"]).arg(policy),
            Run::dpkg_ima().args(["keys", "list"]),
        ]
        .map(|run| run.arg("--root").arg(system.root()).outcome())
    };
    for outcome in commands() {
        outcome.does_not_say("does not look at dates");
    }
    fs::write(system.at("/etc/keys/ima/expired.pem"), EXPIRED).unwrap();
    for outcome in commands() {
        assert_eq!(outcome.stderr().matches(told).count(), 1, "{outcome}");
    }
    let verify = Run::dpkg_ima().arg("verify").arg("--cert");
    let verify = verify.arg(system.at("/etc/keys/ima/expired.pem"));
    verify.arg("--root").arg(system.root()).outcome().says(told);
}

#[test]
fn a_record_of_dpkgs_diversions_that_is_none() {
    let system = System::new();
    system.trust(TestKey::shared());
    let deb = DebBuilder::new("x", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = TestKey::shared().signed(&deb.build(system.root()), &system.at("/etc"));
    system.dpkg(&[], &deb);
    let diversions = "/bin/sh\n/bin/sh.distrib\ndash\n/a\n/../b\nx\n/bin/sh\n";
    fs::write(system.at("/var/lib/dpkg/diversions"), diversions).unwrap();
    let told = "var/lib/dpkg/diversions': what begins at line 4 is no diversion, and is passed over (and 1 more)";
    for run in [
        Run::dpkg_ima().arg("verify"),
        Run::dpkg_ima().args(["verify", "x"]),
        Run::dpkg_ima().arg("relabel"),
        Run::helper().args(["sweep", "--all"]),
    ] {
        let outcome = run.arg("--root").arg(system.root()).outcome();
        assert_eq!(outcome.stderr().matches(told).count(), 1, "{outcome}");
    }
}
