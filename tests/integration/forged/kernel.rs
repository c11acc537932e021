//! By the key in the keyring that IMA uses, without a certificate on the disk.

use std::fs;
use std::path::Path;

use super::{CONTENT, SAID, SHELL, any_key, garbage, list};
use crate::support::{DebBuilder, Machine, Run, TestKey, scratch};

const HELPER: &str = "/usr/libexec/dpkg-ima/dpkg-ima-helper";

/// Runs the helper inside as a user with root's capabilities and a keyring of its own: root's is this machine's, and a key in
/// it would change what other tests see.
fn helper(machine: &Machine, user: &str, arguments: &[&str]) -> Run {
    let user = format!("--reuid={user}");
    let needed = "+sys_admin,+dac_override,+dac_read_search,+fowner,+chown";
    let caps = ["inh", "ambient"].map(|set| format!("--{set}-caps={needed}"));
    let run = machine.chroot.run("setpriv").arg(user).args(caps);
    run.arg("--clear-groups").arg(HELPER).args(arguments)
}

#[test]
fn the_kernels_own_key_verifies() {
    let (machine, folder) = (Machine::without_hooks(), scratch());
    let program = Path::new(env!("CARGO_BIN_EXE_dpkg-ima-helper"));
    machine.chroot.copy_in("/usr/libexec/dpkg-ima", &[program]);
    let user = (1_000_000 + std::process::id()).to_string();
    let loaded = helper(&machine, &user, &["keys"])
        .env("RUST_LOG", "info")
        .ok();
    loaded.says("in _ima");
    // From now on only the kernel can tell. The other certificate would be held, if there were no keyring.
    let stranger = TestKey::new("rsa3072", folder.path());
    let certificates = machine.chroot.at("/etc/keys/ima");
    fs::remove_file(certificates.join("test.pem")).unwrap();
    fs::copy(&stranger.certificate, certificates.join("other.pem")).unwrap();

    let deb = |name: &str| DebBuilder::new(name, "1");
    machine.install(deb("shell").file(SHELL, CONTENT, 0o755));
    let swept = || helper(&machine, &user, &["sweep"]).ok();
    swept();
    let forged = list(&[(SHELL, &garbage(&any_key()[0], 1))]);
    let hostile = deb("hostile")
        .control("imasigs", forged)
        .build(folder.path());
    machine.chroot.install(&[&hostile]).ok();
    swept().says(SAID).says("hostile");
    machine.ensure_label(SHELL, "shell", SHELL);
    // A key beside the keyring is not held: what it made does not displace what the kernel verifies.
    let copy = machine.signed_by(&stranger, deb("copy").file("/usr/bin/copy", CONTENT, 0o755));
    machine.chroot.install(&[&copy]).ok();
    swept();
    machine.ensure_label(SHELL, "shell", SHELL);
    machine.ensure_label("/usr/bin/copy", "shell", SHELL);
}
