//! The arguments of `setup`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct SetupArgs {
    /// The sample policy in /usr/share/dpkg-ima/policies to put in place; else the policy that is there, or everyone
    #[arg(long, value_name = "NAME", conflicts_with = "undo")]
    pub policy: Option<String>,
    /// Have the kernel log what it would refuse (the default, unless the machine was set up to enforce)
    #[arg(long, conflicts_with_all = ["enforce", "undo"])]
    pub log: bool,
    /// Have the kernel refuse, after a trial in log mode
    #[arg(long, conflicts_with = "undo")]
    pub enforce: bool,
    /// Certificate to put into /etc/keys/ima, PEM or DER, may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "undo")]
    pub cert: Vec<PathBuf>,
    /// A signed .deb, or a folder with some beneath, whose signatures unsigned packages get; may be repeated
    #[arg(long, value_name = "DEB|DIR", conflicts_with = "undo")]
    pub from: Vec<PathBuf>,
    /// Put every file that setup has changed back, as it was
    #[arg(long)]
    pub undo: bool,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
    /// Print the steps, and change nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// One JSON object a line and step
    #[arg(long)]
    pub json: bool,
}
