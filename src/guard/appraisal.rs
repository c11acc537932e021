//! What the kernel's IMA policy appraises: programs only, or every open of some files. Debian's kernels cannot show
//! their policy, so a probe tells.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use crate::format::ima::Label;
use crate::machine::attribute;

/// What is appraised, and so whether a signed file can be opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appraisal {
    /// What is executed, mapped or loaded (BPRM_CHECK, MMAP_CHECK, MODULE_CHECK), or nothing at all. A signed file
    /// can be opened for writing, so a file can be labelled before dpkg opens it to sync it.
    Executables,
    /// Every open of some files too (FILE_CHECK). dpkg could not sync a file that is labelled already.
    Files,
}

/// A signed file of this package, which is never executed and never changed.
const PROBE: &str = "/usr/libexec/dpkg-ima/probe";

impl Appraisal {
    /// Probes the kernel: opens a signed file for writing, and writes nothing. [`Self::Executables`] if that file is
    /// missing or not signed.
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
