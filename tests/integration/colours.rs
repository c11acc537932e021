//! Colours and bars: for a terminal, and only for a terminal.

use std::fs;

use crate::support::{DebBuilder, Run, System, TestKey, copy_program, on_a_terminal, scratch};

const PROGRAM: &str = env!("CARGO_BIN_EXE_dpkg-ima");
/// What begins every sequence that changes a colour.
const ESCAPE: &str = "\x1b";

/// A root with a package of which one file is good and one altered, and a program of nobody's.
fn system() -> System {
    let system = System::new();
    system.trust(TestKey::shared());
    let debs = scratch();
    let deb = DebBuilder::new("two", "1")
        .file("/usr/bin/good", "#!/bin/sh\n# good\n", 0o755)
        .file("/usr/bin/changed", "#!/bin/sh\n# changed\n", 0o755)
        .build(debs.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    system.dpkg(&[], &deb);
    system.label();
    fs::write(system.at("/usr/bin/changed"), "#!/bin/sh\n# other\n").unwrap();
    system.program("/opt/mine", "#!/bin/sh\n# mine\n");
    system
}

#[test]
fn verify_has_colours_and_bars_on_a_terminal_and_nowhere_else() {
    let system = system();
    let root = system.root().to_str().expect("it is ASCII");
    let verify = format!("{PROGRAM} verify --root {root} 2>/dev/null");
    let good = format!("\x1b[32m{}\x1b[0m", "#".repeat(20));
    on_a_terminal(&verify)
        .exits(1)
        .says(&format!("listed by packages    [{good}"))
        .says("] 2 files: 1 good, 1 bad")
        .says("of no package         [")
        .says("\x1b[1m\x1b[31maltered\x1b[0m: 1 file")
        .says("\x1b[33munsigned, and named by no list\x1b[0m: ");
    on_a_terminal(&format!("{PROGRAM} verify --root {root} /usr/bin/good"))
        .ok()
        .says("\x1b[32mgood\x1b[0m: /usr/bin/good");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CLICOLOR", "0")] {
        let plain = on_a_terminal(&verify).env(name, value).exits(1);
        plain
            .says("listed by packages    [####")
            .says("altered: 1 file")
            .does_not_say(ESCAPE);
    }
    let in_a_pipe = || {
        let run = Run::dpkg_ima().args(["verify", "--root", root]);
        run.env("TERM", "xterm").env("CLICOLOR_FORCE", "1")
    };
    in_a_pipe()
        .exits(1)
        .says("altered: 1 file")
        .does_not_say("listed by packages")
        .does_not_say(ESCAPE);
    in_a_pipe()
        .arg("--bars")
        .exits(1)
        .says("listed by packages    [####")
        .does_not_say(ESCAPE);
    in_a_pipe().args(["--bars", "--json"]).exits(2);
}

/// It is about the running system, so it runs in a root of its own.
#[test]
fn status_has_colours_on_a_terminal_and_ends_with_what_is_next() {
    let folder = scratch();
    fs::create_dir(folder.path().join("proc")).unwrap();
    copy_program(PROGRAM, folder.path(), "dpkg-ima");
    let root = folder.path().to_str().expect("it is ASCII");
    let script = format!(
        "unshare --mount sh -c 'mount -t proc proc {root}/proc && exec chroot {root} /dpkg-ima status'"
    );
    let seen = on_a_terminal(&script).outcome();
    assert!(matches!(seen.code(), Some(0..=1)), "{seen}");
    seen.says("\x1b[1m\x1b[31mnot    \x1b[0m hooks and trigger: missing: ")
        .says("\x1b[33mnext\x1b[0m: ");
    let plain = Run::new("sh").args(["-c", &script]).outcome();
    let text = plain.stdout();
    let last = text.lines().last().unwrap_or_default();
    assert!(last.starts_with("next: "), "{plain}");
    plain
        .says("not     hooks and trigger: missing: ")
        .does_not_say(ESCAPE);
}
