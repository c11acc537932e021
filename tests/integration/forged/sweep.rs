//! By the sweep, in each order.

use super::{SAID, SHELL, Victim, any_key, garbage, id_of};
use crate::support::{DebBuilder, TestKey, label_of};

/// Names that come before and after the shell's: lists are taken in by name.
const NAMES: [&str; 2] = ["a-hostile", "z-hostile"];

#[test]
fn hostile_after_the_shell() {
    for (key, name) in any_key().iter().zip(NAMES) {
        let victim = Victim::new();
        victim.install_shell();
        victim.sweep().ok();
        victim.install_hostile(name, key);
        let said = victim.sweep().ok();
        if *key == id_of(TestKey::shared()) {
            said.says(SAID).says(name).says(SHELL);
        }
        victim.shell_runs();
        victim.sweep().arg("--all").ok();
        victim.shell_runs();
    }
}

#[test]
fn hostile_before_the_shell() {
    for (key, name) in any_key().iter().zip(NAMES) {
        let victim = Victim::new();
        victim.install_hostile(name, key);
        victim.sweep().ok();
        victim.install_shell();
        victim.sweep().ok();
        victim.shell_runs();
        victim.sweep().arg("--all").ok();
        victim.shell_runs();
    }
}

#[test]
fn both_at_once() {
    for key in any_key() {
        for name in NAMES {
            let victim = Victim::new();
            victim.install_hostile(name, &key);
            victim.install_shell();
            victim.sweep().ok();
            victim.shell_runs();
        }
    }
}

/// The hostile package went in first, alone, and its garbage onto the disk.
#[test]
fn a_forged_label_gives_way_to_a_genuine_list() {
    let victim = Victim::new();
    victim.install_shell();
    for forged in any_key().map(|key| garbage(&key, 1)) {
        victim.set_label(&forged);
        victim.sweep().arg("--all").ok();
        victim.shell_runs();
        // The same, with a list that explains it.
        victim.set_label(&garbage(&any_key()[0], "hostile".len()));
        assert_eq!(
            victim.install_hostile("hostile", &any_key()[0]),
            victim.label().unwrap()
        );
        victim.sweep().arg("--all").ok().says(SAID).says("hostile");
        victim.shell_runs();
    }
}

/// Before the keyring is filled and the certificate copied nothing can be verified: the label on disk stays. Later it is.
#[test]
fn keys_that_come_later() {
    let victim = Victim::without_keys();
    victim.install_shell();
    victim.sweep().ok();
    let genuine = victim.label();
    victim.install_hostile("hostile", &any_key()[0]);
    victim.sweep().ok();
    assert_eq!(victim.label(), genuine);
    victim.set_label(&garbage(&any_key()[0], "hostile".len()));
    victim.system.trust(TestKey::shared());
    victim.sweep().arg("--all").ok();
    victim.shell_runs();
}

#[test]
fn a_hash_gives_way_to_what_verifies_only() {
    let victim = Victim::without_keys();
    victim.install_shell();
    victim.set_label("04040102030405");
    victim.sweep().ok().says("keeps its label");
    assert_eq!(victim.label().as_deref(), Some("04040102030405"));
    victim.system.trust(TestKey::shared());
    victim.sweep().arg("--all").ok().says("its hash gives way");
    victim.shell_runs();
}

/// Nobody can tell the signatures apart: the file's own package is asked, which is who has it by dpkg's list of its files.
#[test]
fn a_list_does_not_make_its_package_the_owner() {
    let victim = Victim::without_keys();
    victim.install_shell();
    victim.install_hostile("hostile", &any_key()[1]);
    victim.sweep().ok();
    let list =
        crate::support::SignatureList::read(&victim.system.at("/var/lib/dpkg/info/shell.imasigs"));
    assert_eq!(victim.label(), Some(list.signature(SHELL)));
}

/// `info/lib.1.postinst` is the script of the package lib.1, and not that of lib, whose list calls it `1.postinst`.
#[test]
fn nor_of_another_packages_scripts() {
    let victim = Victim::without_keys();
    let script = super::CONTENT;
    let folder = crate::support::scratch();
    let plain = DebBuilder::new("lib.1", "1").control("postinst", script);
    let deb = TestKey::shared().signed(&plain.build(folder.path()), victim.debs.path());
    victim.system.dpkg(&["--no-act"], &deb);
    victim.system.dpkg(&["--force-script-chrootless"], &deb);
    let hostile = super::list(&[("/DEBIAN/1.postinst", &garbage(&any_key()[1], 3))]);
    let deb = DebBuilder::new("lib", "1").control("imasigs", hostile);
    victim.system.dpkg(&[], &deb.build(victim.debs.path()));
    victim.sweep().ok();
    let info = |name: &str| victim.system.at(&format!("/var/lib/dpkg/info/{name}"));
    let list = crate::support::SignatureList::read(&info("lib.1.imasigs"));
    assert_eq!(
        label_of(&info("lib.1.postinst")),
        Some(list.signature("/DEBIAN/postinst"))
    );
}

/// What was verified, is counted: on a machine where nothing competes that is nothing.
#[test]
fn where_nothing_competes_nothing_is_verified() {
    use dpkg_ima::keys::held::HeldKeys;
    use dpkg_ima::labelling::sweep::{Scope, sweep};
    use dpkg_ima::machine::root::Root;
    let victim = Victim::new();
    victim.install_shell();
    let root = Root::open(victim.system.root()).unwrap();
    let held = HeldKeys::of_certificates(&root);
    for scope in [Scope::Changed, Scope::All] {
        sweep(&root, &held, scope).unwrap();
        victim.shell_runs();
    }
    assert_eq!(held.verifications(), 0);
    victim.install_hostile("hostile", &any_key()[0]);
    sweep(&root, &held, Scope::Changed).unwrap();
    assert_eq!(held.verifications(), 2, "the control: one of each");
}
