//! The arguments of `sign --status`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct SignStatusArgs {
    /// Sign nothing, and count what is up to date, missing and stale in this folder: a tree of lists, or a folder that a pool was
    /// signed into. Needs no key; with --cert, what other keys have signed is stale
    #[arg(
        long,
        value_name = "TREE",
        conflicts_with_all = ["key", "passphrase_file", "pin_file", "cache"]
    )]
    pub status: Option<PathBuf>,
}
