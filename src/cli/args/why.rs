//! The arguments of `why`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Read the records, and look at the files, of the system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Records since then, as date(1) takes times: yesterday, '2 hours ago', '2026-11-27 14:00'
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Tell of new records as they come, until Ctrl-C
    #[arg(long, conflicts_with = "since")]
    pub follow: bool,
    /// One JSON object a line and refusal
    #[arg(long)]
    pub json: bool,
    /// Tell of this file only
    pub path: Option<PathBuf>,
}
