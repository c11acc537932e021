//! The static program `dpkg-ima-helper`: everything is in [`dpkg_ima::helper`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dpkg_ima::helper::main()
}
