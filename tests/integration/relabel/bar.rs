//! The bar on a terminal, for whatever takes more than a second.

use std::fs;

use crate::support::{DebBuilder, Machine, Outcome, on_a_terminal};

const PACKAGES: usize = 8;
/// So large that hashing all of them takes seconds; they are holes, and take no room.
const SIZE: u64 = 1 << 30;

/// A machine whose lists say of each program that it is that large, as it is.
fn machine() -> Machine {
    let machine = Machine::without_hooks();
    for number in 0..PACKAGES {
        let name = format!("large{number}");
        machine.install(DebBuilder::with_program(&name, "1"));
        let program = machine.chroot.at(&format!("/usr/bin/{name}"));
        let size = fs::metadata(&program).unwrap().len();
        let file = fs::File::options().write(true).open(&program);
        file.unwrap().set_len(SIZE).unwrap();
        let list = machine.list_path(&name);
        let text = fs::read_to_string(&list).unwrap();
        let text = text.replace(&format!(" size={size} "), &format!(" size={SIZE} "));
        fs::write(&list, text).unwrap();
    }
    machine
}

/// What `dpkg-ima WORD` of that root prints on a terminal.
fn shown(machine: &Machine, word: &str) -> Outcome {
    let program = env!("CARGO_BIN_EXE_dpkg-ima");
    let root = machine.chroot.path().to_str().expect("it is ASCII");
    on_a_terminal(&format!("{program} {word} --root {root}")).exits(1)
}

#[test]
fn shows_how_far_it_is() {
    let machine = machine();
    let seen = shown(&machine, "relabel");
    seen.says("/8 packages")
        .says("/s")
        .says("8 files: 8 altered");
    shown(&machine, "verify").says("files that are listed");
    // In a pipe there is none.
    let plain = machine.relabel().exits(1);
    plain.does_not_say("/8 packages").says("8 files: 8 altered");
}
