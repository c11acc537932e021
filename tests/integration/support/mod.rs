//! What the tests are written with.
//!
//! * [`Run`]: run a command and say what it must do; on failure the command and all its output are shown.
//!   [`Run::dpkg_ima`] and [`Run::helper`] are the programs under test.
//! * [`DebBuilder`]: a tiny .deb, made by the real dpkg-deb.
//! * [`Chroot`]: a fresh Debian root that a test may ruin; [`Chroot::run`] runs inside it, [`Chroot::at`] is its path seen
//!   from here, [`Chroot::repository`] is a local apt repository in it.
//! * [`System`]: a root with a dpkg database and nothing else, which is made at once.
//! * [`OurPackages`]: the two Debian packages of this source, the static helper among them.
//! * [`TestKey`]: a key with its certificate, and `sign` and `verify` with it.
//! * [`Machine`]: a root with the test key's certificate, and packages that are signed and installed there.
//! * [`label_of`], [`SignatureList`]: `security.ima` on disk, and what a list says it should be.
//! * [`Mount`], [`Ballast`]: filesystems without attributes, or without room.
//! * [`SignedArchive`]: an archive with a signed index, as apt fetches it.
//! * [`ListTree`]: signature lists apart from their packages.
//! * [`Guarded`]: a guard with a filesystem of its own to watch, and attacks on it.
//! * [`SoftHsm`]: a token by SoftHSM, and `dpkg-ima` with a key in it.
//! * [`Listing`]: every object of a tree and its attributes, to compare before and after.
//! * [`on_a_terminal`]: what a command prints on one.
//! * [`kill_once`]: end a command when it has got so far; [`hold_lock`]: be the process that has a lock.
//! * [`scratch`]: a directory of one's own, on a filesystem with `security.*` attributes.
//!
//! ```ignore
//! let chroot = Chroot::new();
//! let deb = DebBuilder::new("imat", "1.0").file("/usr/bin/imat", "#!/bin/sh\n", 0o755).build(chroot.path());
//! chroot.install(&[&deb]).ok();
//! chroot.run("imat").ok();
//! ```

mod archive;
mod chroot;
mod command;
mod deb;
mod guarded;
mod keys;
mod kill;
mod labels;
mod listing;
mod lock;
mod machine;
mod mount;
mod our_packages;
mod soft_hsm;
mod system;
mod terminal;
mod tests;
mod tree;

pub use archive::SignedArchive;
pub use chroot::{Chroot, PackedRoot};
pub use command::{Outcome, Run};
pub use deb::DebBuilder;
pub use guarded::{Guarded, Named, copy_program, list};
pub use keys::TestKey;
pub use kill::kill_once;
pub use labels::{SignatureList, label_of};
pub use listing::Listing;
pub use lock::hold_lock;
pub use machine::Machine;
pub use mount::{Ballast, Mount};
pub use our_packages::OurPackages;
pub use soft_hsm::{FINAL_TRY, MODULE, PIN, SoftHsm};
pub use system::System;
pub use terminal::on_a_terminal;
pub use tree::ListTree;

/// A new empty directory, removed at the end of the test. Not in `/tmp`, which may lack `security.*` attributes.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("cargo makes its own temporary directory")
}
