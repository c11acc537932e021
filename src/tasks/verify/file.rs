//! One file by itself: its label against its content.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::verdict::{Content, Facts, Labelled, Owner, decide};
use super::{Finding, checked};
use crate::format::ima::Label;
use crate::keys::signing::{Check, Trust};
use crate::machine::attribute;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// The verdict on a file. There is no list to say what it should hold, so a signature that does not
/// fit its content counts as altered.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn verify_file(root: &Root, path: &Path, trust: &Trust) -> Result<Finding, TargetError> {
    let file = root.open_file(path)?.ok_or(TargetError::NoFile)?;
    let error = |source: io::Error| SystemError::at("read", &root.display(path))(source);
    let (content, label) = match attribute::read(&file).map_err(error)? {
        Label::None | Label::Hash => (Content::Same, Labelled::No),
        Label::Malformed(_) => (Content::Same, Labelled::Malformed),
        Label::Signature(signature) => {
            let size = file.metadata().map_err(error)?.len();
            let digest = digest_of(&file, signature.algorithm, size).map_err(error)?;
            let (key_id, check) = checked(&mut trust.checker(), &signature, &digest);
            let content = match check {
                Check::Invalid => Content::Differs,
                Check::Valid | Check::UnknownKey => Content::Same,
            };
            (content, Labelled::Listed(key_id, check))
        }
    };
    let owner = Owner::Package;
    Ok(Finding {
        path: path.as_os_str().as_bytes().to_vec(),
        verdict: decide(Facts {
            content,
            owner,
            label,
        }),
    })
}
