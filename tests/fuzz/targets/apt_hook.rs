//! apt's `DPkg::Pre-Install-Pkgs` protocol, as `dpkg-ima-helper load` reads it.
//!
//! Every path is absolute and no longer than the bound; the number of lines is that of the input; what is accepted
//! gives itself when it is written again.

use std::os::unix::ffi::OsStrExt;

use dpkg_ima::format::apt::{HookLine, LINE_MAX, lines};

pub fn run(data: &[u8]) {
    let found: Vec<HookLine> = lines(data)
        .collect::<Result<_, _>>()
        .expect("memory can be read");
    let said = data.split(|&byte| byte == b'\n');
    let said: Vec<&[u8]> = said.filter(|line| !line.is_empty()).collect();
    assert_eq!(found.len(), said.len());
    for (found, said) in found.iter().zip(said) {
        let HookLine::Deb(path) = found else { continue };
        assert!(path.is_absolute() && path.as_os_str().len() <= LINE_MAX);
        assert_eq!(path.as_os_str().as_bytes(), said);
    }
}
