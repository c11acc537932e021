//! The kernel modules that are loaded.

use std::collections::BTreeSet;
use std::fs;
use std::io;

/// The names of the modules that the kernel has loaded, as [`KernelFile::module_name`] has them. None for a kernel that takes
/// no modules.
///
/// # Errors
/// If /proc/modules cannot be read.
///
/// [`KernelFile::module_name`]: crate::format::kernel_file::KernelFile::module_name
pub fn loaded_modules() -> io::Result<BTreeSet<Vec<u8>>> {
    match fs::read("/proc/modules") {
        Ok(text) => Ok(names(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// SPEC: proc(5), `/proc/modules`: a module a line, and its name is the first word.
fn names(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let lines = text.split(|&byte| byte == b'\n');
    let first = lines.filter_map(|line| line.split(|&byte| byte == b' ').next());
    let names = first.filter(|name| !name.is_empty());
    names.map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_line_is_a_name() {
        let text = b"ext4 983040 1 - Live 0x0000000000000000\n\
            mbcache 16384 1 ext4, Live 0x0000000000000000\n";
        let expected = [b"ext4".to_vec(), b"mbcache".to_vec()];
        assert_eq!(names(text), BTreeSet::from(expected));
        assert!(names(b"").is_empty());
    }
}
