//! The arguments of signing in two steps: `digests`, `sign-digests` and `attach`.

use std::path::PathBuf;

use clap::Args;

use super::sign::{KeyArgs, SelectionArgs, SigningArgs};

#[derive(Debug, Args)]
pub struct DigestsArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Write into this file instead of standard output; a device or a pipe takes it as it comes
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Packages, and folders of packages
    #[arg(required = true, value_name = "DEB|DIR")]
    pub packages: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SignDigestsArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    /// Write the digests with their signatures into this file; a device or a pipe takes them as they come
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// What digests has written
    #[arg(value_name = "DIGESTS")]
    pub digests: PathBuf,
}

#[derive(Debug, Args)]
pub struct AttachArgs {
    /// Certificate of the key that signed, PEM or DER: each signature is verified by it
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// What sign-digests, or another tool, has made of the digests
    #[arg(value_name = "SIGNATURES")]
    pub signatures: PathBuf,
    #[command(flatten)]
    pub signing: SigningArgs,
}
