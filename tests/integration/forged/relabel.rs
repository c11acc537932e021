//! By `relabel`, which finds a machine without a store, or with labels that are wrong.

use super::{SAID, SHELL, Victim, any_key, garbage};
use crate::support::Run;

#[test]
fn relabel_names_the_hostile_package_and_keeps_the_shell() {
    for name in ["a-hostile", "z-hostile"] {
        let victim = Victim::new();
        victim.install_shell();
        let forged = victim.install_hostile(name, &any_key()[0]);
        for on_disk in [None, Some(forged), Some(garbage(&any_key()[1], 9))] {
            if let Some(value) = on_disk {
                victim.set_label(&value);
            }
            let said = victim.relabel().exits(1);
            said.says(SAID).says(&format!("package {name}")).says(SHELL);
            victim.shell_runs();
        }
    }
}

#[test]
fn the_helper_does_so_too_and_a_dry_run_says_it() {
    let victim = Victim::new();
    victim.install_shell();
    let forged = victim.install_hostile("hostile", &any_key()[0]);
    victim.set_label(&forged);
    let dry = victim.relabel().arg("--dry-run").exits(1);
    dry.says(SAID).says("to label: ");
    assert_eq!(victim.label(), Some(forged));
    let relabel = Run::helper().args(["relabel", "--root"]);
    let said = relabel.arg(victim.system.root()).exits(1);
    said.says(SAID).says("package hostile");
    victim.shell_runs();
}

#[test]
fn only_the_hostile_package_is_asked_for() {
    let victim = Victim::new();
    victim.install_shell();
    victim.relabel().ok();
    victim.install_hostile("hostile", &any_key()[0]);
    victim.relabel().arg("hostile").exits(1).says(SAID);
    victim.shell_runs();
}

#[test]
fn verify_names_what_is_forged() {
    let victim = Victim::new();
    victim.install_shell();
    victim.relabel().ok();
    let key = &any_key()[0];
    let forged = victim.install_hostile("hostile", key);
    // By dpkg's list of its files the shell is none of them.
    let said = victim.system.verify("hostile");
    assert_eq!(said.code(), Some(1));
    said.says(&format!("forged list {key}: /usr/bin/shell"));
    victim.system.verify("shell").says("good: /usr/bin/shell");
    victim.set_label(&forged);
    let said = victim.system.verify("shell");
    assert_eq!(said.code(), Some(1));
    said.says(&format!("forged {key}: /usr/bin/shell"));
    victim.relabel().exits(1);
    // The list of the package itself was tampered with.
    let list = victim.system.at("/var/lib/dpkg/info/shell.imasigs");
    std::fs::write(list, super::list(&[(SHELL, &garbage(key, 4))])).unwrap();
    let said = victim.system.verify("shell");
    assert_eq!(said.code(), Some(1));
    said.says(&format!("forged list {key}: /usr/bin/shell"));
}
