//! What apt's hook hears of the .debs that are about to be unpacked.

use std::fs;
use std::path::Path;

use super::{SHELL, any_key, garbage, list};
use crate::support::{DebBuilder, Machine, Run, scratch};

const HELPER: &str = "/usr/libexec/dpkg-ima/dpkg-ima-helper";

/// The hook's program inside, with .debs on its standard input as apt writes them.
fn load(machine: &Machine, debs: &[&Path]) -> Run {
    let helper = Path::new(env!("CARGO_BIN_EXE_dpkg-ima-helper"));
    machine.chroot.copy_in("/usr/libexec/dpkg-ima", &[helper]);
    let debs = machine.chroot.copy_in("/srv", debs);
    machine
        .chroot
        .run(HELPER)
        .arg("load")
        .input(debs.join("\n") + "\n")
}

#[test]
fn a_forged_package_is_named_and_refused() {
    let (machine, folder) = (Machine::without_hooks(), scratch());
    let good =
        machine.signed(DebBuilder::new("good", "1").file("/usr/bin/g", "#!/bin/sh\n", 0o755));
    let key = &any_key()[0];
    let forged = list(&[
        ("/usr/bin/other", &garbage(key, 1)),
        (SHELL, &garbage(key, 2)),
    ]);
    let bad = DebBuilder::new("bad", "1").control("imasigs", forged);
    let bad = bad.build(folder.path());
    load(&machine, &[&good]).ok().says_nothing();
    let said = load(&machine, &[&good, &bad]).ok().stderr();
    let line = format!(
        "dpkg-ima: package 'bad' carries a signature that does not verify under key {key}: forged or damaged\n"
    );
    assert_eq!(said, line);
    let config = machine.chroot.at("/etc/dpkg-ima.toml");
    fs::write(&config, "unsigned = \"refuse\"\n").unwrap();
    let refused = load(&machine, &[&good, &bad]).exits(77);
    refused.says(&line).says("nothing is installed");
    load(&machine, &[&good]).ok().says_nothing();
    fs::write(&config, "unsigned = \"ignore\"\n").unwrap();
    load(&machine, &[&bad]).ok().says_nothing();
}
