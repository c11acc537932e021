//! The arguments of `strip`, and what the task takes for them.

use std::path::PathBuf;

use clap::Args;

use crate::format::deb::Voided;
use crate::tasks::sign::Destination;

#[derive(Debug, Args)]
pub struct StripArgs {
    #[command(flatten)]
    pub destination: StripDestinationArgs,
    /// Leave out signatures of debsigs or dpkg-sig (members _gpg…) that become void without the list
    #[arg(long)]
    pub drop_signatures: bool,
    /// Packages, and folders of packages
    #[arg(required = true, value_name = "DEB|DIR")]
    pub packages: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct StripDestinationArgs {
    /// Write the packages without their lists into this folder, those that have none too
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Replace each package that has a list; its owner, group and mode stay
    #[arg(long)]
    pub in_place: bool,
}

impl StripArgs {
    /// Where the packages go. clap has made sure that one of the two options was given.
    pub fn destination(&self) -> Destination {
        match &self.destination.output {
            Some(folder) => Destination::Folder(folder.clone()),
            None => Destination::InPlace,
        }
    }

    /// What becomes of void signatures.
    pub const fn voided(&self) -> Voided {
        match self.drop_signatures {
            true => Voided::Drop,
            false => Voided::Keep,
        }
    }
}
