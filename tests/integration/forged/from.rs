//! `relabel --from`: a folder of .debs with hostile ones among them.

use std::path::PathBuf;

use super::{SAID, SHELL, Victim, any_key, copy_of, garbage};
use crate::support::{DebBuilder, scratch};

/// A machine with the shell installed unsigned.
fn unsigned() -> Victim {
    let victim = Victim::new();
    let plain = DebBuilder::new("shell", "1").file(SHELL, CONTENT_OF_SHELL, 0o755);
    victim.system.dpkg(&[], &plain.build(scratch().path()));
    victim
}

const CONTENT_OF_SHELL: &str = super::CONTENT;

/// A .deb of the same name, version and architecture, with that list.
fn hostile(victim: &Victim, list: String) -> PathBuf {
    let folder = scratch().keep();
    let deb = DebBuilder::new("shell", "1").file(SHELL, CONTENT_OF_SHELL, 0o755);
    let deb = deb.control("imasigs", list).build(&folder);
    assert!(deb.starts_with(&folder) && victim.label().is_none());
    deb
}

#[test]
fn a_forged_list_is_not_adopted() {
    let victim = unsigned();
    let deb = hostile(&victim, super::list(&[(SHELL, &garbage(&any_key()[0], 1))]));
    let said = victim.relabel().arg("--from").arg(&deb).exits(1);
    said.says(SAID).says("is not used");
    assert_eq!(victim.label(), None);
    let list = victim.system.at("/var/lib/dpkg/info/shell.imasigs");
    assert!(!list.exists());
}

#[test]
fn a_hostile_deb_never_wins_over_a_genuine_one() {
    let held = super::list(&[(SHELL, &garbage(&any_key()[0], 1))]);
    let strange = super::list(&[(SHELL, &garbage(&any_key()[1], 1))]);
    let empty = "#mtree v2.0\n".to_owned();
    for list in [held, strange, empty] {
        for (first, second) in [("0.deb", "1.deb"), ("1.deb", "0.deb")] {
            let victim = unsigned();
            let folder = scratch();
            copy_of(&hostile(&victim, list.clone()), folder.path(), first);
            copy_of(&victim.shell(), folder.path(), second);
            let done = victim.relabel().arg("--from").arg(folder.path()).outcome();
            assert!(matches!(done.code(), Some(0 | 1)), "{done}");
            victim.shell_runs();
        }
    }
}

/// A package of another name, whose list claims the shell too.
#[test]
fn nor_does_one_for_another_package() {
    for key in any_key() {
        for name in ["a-hostile", "z-hostile"] {
            let victim = unsigned();
            let folder = scratch();
            let plain = DebBuilder::new(name, "1").file("/usr/bin/own", super::CONTENT, 0o755);
            victim.system.dpkg(&[], &plain.build(scratch().path()));
            let claims = super::list(&[
                ("/usr/bin/own", &garbage(&key, 1)),
                (SHELL, &garbage(&key, 2)),
            ]);
            let deb = DebBuilder::new(name, "1").file("/usr/bin/own", super::CONTENT, 0o755);
            deb.control("imasigs", claims).build(folder.path());
            copy_of(&victim.shell(), folder.path(), "shell.deb");
            let done = victim.relabel().arg("--from").arg(folder.path()).outcome();
            assert!(matches!(done.code(), Some(0 | 1)), "{done}");
            victim.shell_runs();
            // Whatever was adopted is taken in now.
            victim.relabel().outcome();
            victim.shell_runs();
        }
    }
}
