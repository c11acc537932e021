//! Whether a record is of another file than the one that is at its path now. Pure.

use crate::format::audit::{AuditRecord, Operation};
use crate::machine::fs_magic::OVERLAYFS;
use crate::machine::walk::ProgramFile;

/// The name that an overlayfs has for a device. SPEC: `s_id`, which overlayfs leaves at the name of its type.
const OVERLAY: &str = "overlay";

/// Whether a record is of another file: one that was replaced since, or one in a container, whose paths lead elsewhere.
///
/// SPEC: `integrity_audit_message()`: the path is from the root of the process's mounts, and the inode's number is the
/// filesystem's. An overlayfs has numbers of its own, which may change, and a path of [`Operation::SetLabel`] begins at the
/// root of a filesystem.
///
/// SECURITY: whoever may start a container chooses the paths in it. No command for a file of this machine may follow from a
/// record of another file.
pub(super) fn is_of_another(record: &AuditRecord, file: &ProgramFile, inode: u64) -> bool {
    if record.operation == Operation::SetLabel || file.fs_magic == OVERLAYFS {
        return false;
    }
    let device = record.device.as_ref().map(ToString::to_string);
    device.is_some_and(|device| device == OVERLAY)
        || record.inode.is_some_and(|number| number != inode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::audit::AuditLine;
    use crate::tasks::why::standing_now::sample_program;

    #[test]
    fn inode_and_device_decide() {
        let is_another = |operation: &str, place: &str, fs_magic| {
            let line = format!(
                "audit: type=1800 audit(1764000000.000:1): pid=1 uid=0 op={operation} cause=missing-hash comm=\"x\" \
                 name=\"/usr/bin/x\" {place} res=0 errno=0"
            );
            let AuditLine::Record(record) = AuditLine::of_kernel(line.as_bytes()) else {
                panic!("no record: {line}");
            };
            let file = ProgramFile {
                fs_magic,
                ..sample_program("/usr/bin/x")
            };
            is_of_another(&record, &file, 131)
        };
        const EXT4: u64 = 0xef53;
        for (operation, place, fs_magic, expected) in [
            ("appraise_data", "dev=\"vda\" ino=131", EXT4, false),
            ("appraise_data", "dev=\"vda\" ino=132", EXT4, true),
            ("appraise_data", "dev=\"overlay\" ino=131", EXT4, true),
            ("appraise_data", "dev=\"overlay\" ino=132", OVERLAYFS, false),
            ("appraise_data", "", EXT4, false),
            ("set_data", "dev=\"vda\" ino=132", EXT4, false),
        ] {
            let found = is_another(operation, place, fs_magic);
            assert_eq!(found, expected, "{operation} {place} {fs_magic:#x}");
        }
    }
}
