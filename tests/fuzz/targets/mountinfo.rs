//! `/proc/self/mountinfo`, in which any user who mounts something names the place and the source.
//!
//! No more filesystems are told of than there are lines, and none of a kind that no line has.

use std::path::Path;

use dpkg_ima::machine::mounts::{LeftOut, on_disk};

pub fn run(data: &[u8]) {
    let found = on_disk(data);
    assert!(found.len() <= data.split(|&byte| byte == b'\n').count());
    for mounted in &found {
        let kind = mounted.kind.as_bytes();
        assert!(data.windows(kind.len()).any(|found| found == kind));
    }
    let left_out = LeftOut::beneath(Path::new("/"), "254:0", data);
    assert!(!left_out.is_at(Path::new("/")));
}
