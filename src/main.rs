//! The command `dpkg-ima`: everything is in [`dpkg_ima::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dpkg_ima::cli::main()
}
