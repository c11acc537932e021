//! The arguments of `fetch`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Lists of all installed packages
    #[arg(long, conflicts_with = "targets")]
    pub all: bool,
    /// Write the lists into this folder, which is a source for other machines, and keep none here
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Installed packages, and .debs that are not installed
    #[arg(value_name = "PACKAGE|DEB", required_unless_present = "all")]
    pub targets: Vec<PathBuf>,
}
