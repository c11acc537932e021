//! What all targets of one run share.

use std::path::PathBuf;

use crate::cli::args::VerifyArgs;
use crate::keys::signing::{KeyError, Trust};
use crate::machine::root::Root;

pub(super) struct Verifier<'a> {
    pub(super) args: &'a VerifyArgs,
    pub(super) root: Root,
    pub(super) trust: Trust,
}

impl<'a> Verifier<'a> {
    /// Trusts the certificates that were named, or else those in `/etc/keys/ima` of the root.
    pub(super) fn new(args: &'a VerifyArgs) -> Result<Self, KeyError> {
        let root = Root::open(&args.root)?;
        let trust = if args.cert.is_empty() {
            Trust::of_root(&root)?
        } else {
            Trust::from_files(args.cert.iter().map(PathBuf::as_path))?
        };
        Ok(Self { args, root, trust })
    }
}
