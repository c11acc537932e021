//! The arguments of `sign`, and what the task takes for them.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{ArgGroup, Args, ValueEnum};

use super::archive::ArchiveArgs;
use super::local::LocalArgs;
use super::sign_status::SignStatusArgs;
use crate::contents::Selection;
use crate::format::deb::Voided;
use crate::format::ima::HashAlgorithm;
use crate::tasks::sign::Destination;

#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Private key: a file, PEM or PKCS#12, or the PKCS#11 URI of a key in a token, such as 'pkcs11:token=mirror;object=ima'
    #[arg(long, value_name = "FILE|URI")]
    pub key: PathBuf,
    /// Its certificate, PEM or DER; a PKCS#12 file has it with the key
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// The first line of this file opens the key's file; else DPKG_IMA_PASSPHRASE, else a prompt
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The first line of this file is the token's PIN, if the URI has no pin-source; else DPKG_IMA_PIN, else a prompt
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Keep what the key signs in this file, and take from it what the key has signed before; it is made if it is not there
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(mut_arg("packages", |packages| {
    packages
        .required(false)
        .required_unless_present_any(["archive", "all"])
        .value_name("DEB|DIR|FILE")
        .help("Packages, and folders of packages; with --local, programs")
}))]
#[command(mut_group("DestinationArgs", |destination| destination.arg("local").arg("status")))]
#[command(group = ArgGroup::new("tree").args(["detached", "status"]))]
#[command(mut_arg("archive", |archive| archive.requires("tree")))]
// A look needs no key; what stands in its place is not used.
#[command(mut_arg("key", |key| {
    let present = ArgPredicate::IsPresent;
    key.required(false)
        .required_unless_present("status")
        .default_value_if("status", present, "none")
}))]
pub struct SignArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub status: SignStatusArgs,
    /// Print the summary, or with --status the numbers, as one JSON object
    #[arg(long, conflicts_with = "local")]
    pub json: bool,
    #[command(flatten)]
    pub local: LocalArgs,
    // The last one: its heading is over all that follows.
    #[command(flatten)]
    pub archive: ArchiveArgs,
}

/// What is signed, and where it goes, whatever signs.
#[derive(Debug, Args)]
pub struct SigningArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Leave out signatures of debsigs or dpkg-sig (members _gpg…) that signing makes void
    #[arg(long)]
    pub drop_signatures: bool,
    /// Leave the packages as they are, and write their lists as a tree into the folder of --output
    #[arg(long, requires = "output", conflicts_with_all = ["in_place", "drop_signatures"])]
    pub detached: bool,
    /// Remove from the folder of --output what was made of packages that are not among those named; only if all of these could
    /// be signed
    #[arg(long, requires = "output", conflicts_with = "in_place")]
    pub prune: bool,
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Packages, and folders of packages
    #[arg(required = true, value_name = "DEB|DIR")]
    pub packages: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SelectionArgs {
    /// Which files to sign
    #[arg(long, value_enum, default_value_t = FilesArg::Executable)]
    pub files: FilesArg,
    /// Digest that is signed
    #[arg(long, value_enum, default_value_t = HashArg::Sha256)]
    pub hash: HashArg,
}

#[derive(Debug, Args)]
pub struct ResignArgs {
    /// Certificate of the old key, PEM or DER, may be repeated: only what one of these keys has signed is signed anew
    #[arg(long, value_name = "FILE", required = true)]
    pub from_cert: Vec<PathBuf>,
    #[command(flatten)]
    pub key: KeyArgs,
    /// Keep the old key's signatures beside the new ones, for machines that have only the old certificate
    #[arg(long)]
    pub keep: bool,
    /// Write lists and packages into this folder; else each is replaced
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Leave out signatures of debsigs or dpkg-sig (members _gpg…) that signing makes void
    #[arg(long)]
    pub drop_signatures: bool,
    /// Trees of lists, signed packages, and folders of signed packages
    #[arg(required = true, value_name = "TREE|DEB|DIR")]
    pub inputs: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct DestinationArgs {
    /// Write the signed packages, or with --detached their lists, into this folder. Packages that are in it already are not
    /// signed with the folder that it lies in
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Replace each package by its signed form; its owner, group and mode stay
    #[arg(long)]
    pub in_place: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FilesArg {
    /// Programs, libraries, scripts, kernel modules, firmware, kernels
    Executable,
    /// Every regular file
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HashArg {
    /// Every kernel has it
    Sha256,
    /// The 384 bits of SHA-2
    Sha384,
    /// The 512 bits of SHA-2
    Sha512,
}

impl From<FilesArg> for Selection {
    fn from(files: FilesArg) -> Self {
        match files {
            FilesArg::Executable => Self::Executable,
            FilesArg::All => Self::All,
        }
    }
}

impl From<HashArg> for HashAlgorithm {
    fn from(hash: HashArg) -> Self {
        match hash {
            HashArg::Sha256 => Self::Sha256,
            HashArg::Sha384 => Self::Sha384,
            HashArg::Sha512 => Self::Sha512,
        }
    }
}

impl SigningArgs {
    /// What becomes of void signatures.
    pub const fn voided(&self) -> Voided {
        match self.drop_signatures {
            true => Voided::Drop,
            false => Voided::Keep,
        }
    }
}

impl From<&DestinationArgs> for Destination {
    /// clap has made sure that one of the two options was given.
    fn from(destination: &DestinationArgs) -> Self {
        match &destination.output {
            Some(folder) => Self::Folder(folder.clone()),
            None => Self::InPlace,
        }
    }
}
