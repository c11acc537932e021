//! One libFuzzer program for all targets: the environment variable `FUZZ_TARGET` names the one that it runs.
//!
//! `tests/fuzz/run` builds and runs it; `targets` says what each target holds the product to.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use std::alloc::System;
use std::sync::OnceLock;

use cap::Cap;
use targets::{TARGETS, Target};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fn choose() {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap_or_else(|| panic!("no target is called {name}"));
    CHOSEN.get_or_init(|| target);
}

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| {
    let target = CHOSEN.get().expect("init comes first");
    let limit = ALLOCATOR.allocated() + target.memory_max;
    ALLOCATOR.set_limit(limit).expect("it is over what is allocated");
    (target.run)(data);
    ALLOCATOR.set_limit(usize::MAX).expect("there is no higher limit");
});
