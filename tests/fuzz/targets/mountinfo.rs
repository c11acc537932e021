//! `/proc/self/mountinfo`, in which any user who mounts something names the place and the source.
//!
//! No filesystem is told of twice, or without a line that has it.

use dpkg_ima::guard::on_disk;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let found = on_disk(&text);
    assert!(found.len() <= text.lines().count());
    for (at, mounted) in found.iter().enumerate() {
        assert!(text.contains(&mounted.kind));
        assert!(!found[..at].contains(mounted));
    }
}
