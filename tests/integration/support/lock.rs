//! A lock that somebody else has.

use std::fs::File;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

/// Takes the lock of a file, as another process would; it is held as long as the value lives.
pub fn hold_lock(file: &Path) -> Flock<File> {
    let file = File::open(file).expect("the file is there");
    Flock::lock(file, FlockArg::LockExclusive).expect("nobody has it")
}
