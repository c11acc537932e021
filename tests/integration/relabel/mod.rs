//! `dpkg-ima relabel`: after a restore, for the first time, in a rescue shell.

mod bar;
mod from;
mod interrupted;
mod labels;
mod links;
mod names;
mod troubles;

use crate::support::DebBuilder;

/// A package with one program.
fn package(name: &str) -> DebBuilder {
    let content = format!("#!/bin/sh\necho {name}\n");
    DebBuilder::new(name, "1").file(&format!("/usr/bin/{name}"), content, 0o755)
}
