//! Which kind of policy the kernel appraises with. Debian's kernels cannot show their policy, so the
//! kind is found out by trying.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use crate::format::ima::Label;
use crate::machine::attribute;

/// What a policy makes of a signed file that is opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appraisal {
    /// Only what is executed, mapped or loaded is appraised (BPRM_CHECK, MMAP_CHECK, MODULE_CHECK), or
    /// nothing at all. A signed file may be opened for writing.
    Executables,
    /// Every open of some files is appraised (FILE_CHECK). Then dpkg could not sync what is labelled
    /// already.
    Files,
}

/// A file of ours that is signed, never executed and never changed.
const PROBE: &str = "/usr/libexec/dpkg-ima/probe";

impl Appraisal {
    /// Opens a signed file for writing, and writes nothing.
    ///
    /// SPEC: `process_measurement()`, security/integrity/ima/ima_main.c: a write open of a file with
    /// a signature gets EACCES if an appraise rule matches.
    pub(super) fn of_this_kernel() -> Self {
        let refused = is_signed(Path::new(PROBE))
            && OpenOptions::new()
                .write(true)
                .open(PROBE)
                .is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
        if refused {
            Self::Files
        } else {
            Self::Executables
        }
    }
}

fn is_signed(path: &Path) -> bool {
    let label = std::fs::File::open(path).and_then(attribute::read);
    matches!(label, Ok(Label::Signature(_)))
}
