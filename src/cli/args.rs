//! The command line, as it is typed: help, man pages and completion come from here too.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::examples;
use super::relabel::package_name;
use crate::dpkg::PackageName;

/// IMA signatures on Debian packages.
///
/// Signs the programs inside a .deb after it was built, shows and verifies those signatures.
/// A TARGET is a .deb, the name of an installed package, or a path with a slash.
#[derive(Debug, Parser)]
#[command(name = "dpkg-ima", version, disable_help_subcommand = true, after_help = EXIT_STATUS)]
#[command(after_long_help = format!("{}\n\n{EXIT_STATUS}", examples::DPKG_IMA))]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command ends with.
pub const EXIT_STATUS: &str = "Exit status: 0 done, or the answer is yes; 1 a check answered no; \
                           2 it could not be done.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add signatures to packages, or replace those they have
    ///
    /// Each package gets a signature list, the control member imasigs; data.tar stays byte for byte
    /// as it is. A folder stands for every *.deb, *.udeb and *.ddeb beneath it; how many files it has beside
    /// them is said at the end. A signature that this key made before is
    /// kept, so signing again gives the same bytes.
    ///
    /// Signatures of the whole package, as debsigs and dpkg-sig add them (members such as _gpgorigin), are over
    /// control.tar too. So sign with dpkg-ima first and with them last: a new list makes theirs void, which is said,
    /// and a list that stays as it is leaves them good.
    #[command(after_long_help = examples::SIGN)]
    Sign(SignArgs),
    /// Make a test key and a certificate that the kernel takes
    ///
    /// The key is not encrypted, and the certificate is signed by itself. Neither file is ever
    /// overwritten.
    #[command(after_long_help = examples::KEYGEN)]
    Keygen(KeygenArgs),
    /// Show the signatures of a package or file
    ///
    /// One line each: the key's id, the hash algorithm, the digest that was signed, and the file. Nothing
    /// is verified.
    #[command(after_long_help = examples::SHOW)]
    Show(ShowArgs),
    /// Verify the signatures of packages and files, or of the whole system
    ///
    /// Gives a verdict for each file: good, foreign (another signature than the package's list has,
    /// valid by a known key), changed conffile, excluded; or unsigned, altered, untrusted key, forged
    /// (the label does not verify under the key that it names, which is known: forged or damaged), forged
    /// list (the label is good, and the list's signature is not), malformed, missing, each of which makes
    /// the exit status 1.
    ///
    /// Without a TARGET it verifies the whole system: every file that the list of an installed package
    /// names, and every executable file (with an execute bit, machine code, or a kernel module) that no
    /// list names. It prints how many there are, then what needs attention, by verdict and package, with
    /// what to do; --json prints every file, with its package (null if no package has it) and whether a
    /// list names it. What cannot be read makes the exit status 2, and the rest goes on.
    #[command(after_long_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Write the labels that files of installed packages lack, after a restore or for the first time
    ///
    /// Each file that a package's signature list names, and whose content is what the list says, gets its
    /// signature into security.ima; one that has it is left alone. May be stopped and run again at any time.
    /// With --from, packages that were installed before they were signed get the list of a .deb of the same
    /// name, version and architecture, if files of theirs have the contents that it says; dpkg keeps the list
    /// from then on. Where several signatures compete for a content they are verified; what does not verify
    /// under a key that this machine holds is named, and neither used nor kept. Exit status 1 for that, or if a
    /// file is not what its package installed, 2 if one could not be labelled.
    #[command(after_long_help = examples::RELABEL)]
    Relabel(RelabelArgs),
    /// Load the keys that signatures are checked with, or list them
    ///
    /// The certificates are those in /etc/keys/ima, *.pem and *.der. Where the kernel's keyring is
    /// `_ima` (Debian), root fills it; where it is `.ima` (Ubuntu), the kernel takes only certificates
    /// that were signed by a key which it trusts already, and root cannot add any other.
    #[command(after_long_help = examples::KEYS)]
    Keys(KeysArgs),
    /// Check an IMA policy before the kernel has it
    Policy(PolicyArgs),
    /// Say whether this machine is ready to enforce, and if not, what to do
    ///
    /// In the order in which things must work, each line says good, not or unknown, with the reason
    /// and the next step. Exit status 1 if enforcing now would refuse something that boots the machine:
    /// init, the shell, the loader or the C library. To see whether appraisal is enforced, an unsigned
    /// program is tried, which leaves a record in the kernel's log.
    #[command(after_long_help = examples::STATUS)]
    Status(StatusArgs),
    /// Write the man pages or the completion
    #[command(hide = true)]
    Generate(GenerateArgs),
}

/// Options of `sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// Private key, PEM
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Its certificate, PEM or DER
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// The first line of this file opens the key; else DPKG_IMA_PASSPHRASE, else a prompt
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Which files to sign
    #[arg(long, value_enum, default_value_t = FilesArg::Executable)]
    pub files: FilesArg,
    /// Digest that is signed
    #[arg(long, value_enum, default_value_t = HashArg::Sha256)]
    pub hash: HashArg,
    /// Leave out signatures of debsigs or dpkg-sig (members _gpg…) that signing makes void
    #[arg(long)]
    pub drop_signatures: bool,
    /// Where the signed packages go
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Packages, and folders of packages
    #[arg(required = true, value_name = "DEB|DIR")]
    pub packages: Vec<PathBuf>,
}

/// Where signed packages go.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct DestinationArgs {
    /// Write the signed packages into this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Replace each package by its signed form; its owner, group and mode stay
    #[arg(long)]
    pub in_place: bool,
}

/// Which files to sign.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FilesArg {
    /// Programs, libraries, scripts, kernel modules, firmware, kernels
    Executable,
    /// Every regular file
    All,
}

/// Digests that can be signed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HashArg {
    /// Every kernel has it
    Sha256,
    /// The 384 bits of SHA-2
    Sha384,
    /// The 512 bits of SHA-2
    Sha512,
}

/// Options of `keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// Where the private key goes, PEM, readable by its owner only
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Where the certificate goes, PEM
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// Where the certificate goes, DER
    #[arg(long, value_name = "FILE")]
    pub der: Option<PathBuf>,
    /// Kind of key
    #[arg(long = "type", value_enum, default_value_t = TypeArg::Rsa2048)]
    pub kind: TypeArg,
    /// Common name of the certificate
    #[arg(long, value_name = "CN", default_value = "dpkg-ima test key")]
    pub name: String,
    /// Days until the certificate expires; the kernel does not look
    #[arg(long, value_name = "N", default_value_t = 3650)]
    pub days: u32,
}

/// Kinds of keys that can be made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TypeArg {
    /// Every kernel verifies it
    Rsa2048,
    /// RSA with 3072 bits
    Rsa3072,
    /// RSA with 4096 bits
    Rsa4096,
    /// ECDSA over NIST P-256, which Debian 12's kernel does not verify
    P256,
    /// ECDSA over NIST P-384, likewise
    P384,
}

/// Options of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// A .deb, an installed package, or a path with a slash
    pub target: PathBuf,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Certificate to verify with, PEM or DER, may be repeated; else all in /etc/keys/ima
    #[arg(long, value_name = "FILE")]
    pub cert: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// A .deb, an installed package, or a path with a slash; else the whole system
    #[arg(value_name = "TARGET")]
    pub targets: Vec<PathBuf>,
}

/// Options of `relabel`.
#[derive(Debug, Args)]
pub struct RelabelArgs {
    /// Label the system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Print what would be labelled, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A signed .deb, or a folder with some beneath, such as apt's cache or a mirror; may be repeated
    #[arg(long, value_name = "DEB|DIR")]
    pub from: Vec<PathBuf>,
    /// One JSON object a line and file
    #[arg(long)]
    pub json: bool,
    /// Only these packages; without any, all
    #[arg(value_name = "PACKAGE", value_parser = package_name)]
    pub packages: Vec<PackageName>,
}

/// Options of `keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: Keys,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Load the certificates into the kernel's keyring
    #[command(after_long_help = examples::KEYS_LOAD)]
    Load(KeysLoadArgs),
    /// List certificates and the kernel's keys; exit status 1 if a certificate is not loaded
    #[command(after_long_help = examples::KEYS_LIST)]
    List(KeysListArgs),
}

/// Options of `keys load`.
#[derive(Debug, Args)]
pub struct KeysLoadArgs {
    /// Take the certificates from another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
}

/// Options of `keys list`.
#[derive(Debug, Args)]
pub struct KeysListArgs {
    /// Take the certificates from another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: PolicyCommand,
}

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say whether the kernel takes the policy, and which files of this system it would refuse
    ///
    /// Looks at every program, library, kernel module and firmware file on disk: what the policy
    /// demands of it, and whether its label would do with the keys that the kernel holds, or, before
    /// they are loaded, with the certificates in /etc/keys/ima. Exit status 1 if the kernel would not
    /// take the policy, or would refuse a file. Sample policies are in /usr/share/dpkg-ima/policies.
    #[command(after_long_help = examples::POLICY_CHECK)]
    Check(PolicyCheckArgs),
}

/// Options of `policy check`.
#[derive(Debug, Args)]
pub struct PolicyCheckArgs {
    /// Look at the system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Options of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What to write.
    #[command(subcommand)]
    pub what: Generate,
}

/// What to write.
#[derive(Debug, Subcommand)]
pub enum Generate {
    /// The man pages, one a command, into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// The completion for bash, to standard output
    CompletionBash,
}
