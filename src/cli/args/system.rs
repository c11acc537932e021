//! The arguments of the commands that look at a system or change it, and of `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::examples;
use crate::dpkg::PackageName;

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// A .deb, a list (*.imasigs.zst), an installed package, or a path with a slash
    pub target: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Certificate to verify with, PEM or DER, may be repeated; else all in /etc/keys/ima
    #[arg(long, value_name = "FILE")]
    pub cert: Vec<PathBuf>,
    /// How many files and packages depend on each key, instead of the files
    #[arg(long)]
    pub by_key: bool,
    /// Of the whole system, the bars that a terminal shows first, in a pipe too
    #[arg(long, conflicts_with_all = ["by_key", "json", "targets"])]
    pub bars: bool,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// A .deb, a list (*.imasigs.zst), an installed package, or a path with a slash; else the whole system
    #[arg(value_name = "TARGET")]
    pub targets: Vec<PathBuf>,
}

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
    /// Leave the sources in /etc/dpkg-ima.toml alone, on a machine without a network
    #[arg(long)]
    pub no_fetch: bool,
    /// One JSON object a line and file
    #[arg(long)]
    pub json: bool,
    /// Only these packages; else all
    #[arg(value_name = "PACKAGE", value_parser = package_name)]
    pub packages: Vec<PackageName>,
}

#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    pub what: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Load the certificates into the kernel's keyring
    ///
    /// They are there until the next boot. If an initramfs loads keys and policy, make it anew too (update-initramfs -u -k all):
    /// it has copies of the certificates.
    #[command(after_long_help = examples::KEYS_LOAD)]
    Load(KeysLoadArgs),
    /// List certificates, the kernel's keys, and how much depends on each; exit status 1 if a certificate is not loaded
    ///
    /// Files are counted by the keys that their labels name, and only files that the signature lists of installed packages
    /// name. Nothing is verified: verify --by-key does that.
    #[command(after_long_help = examples::KEYS_LIST)]
    List(KeysListArgs),
    /// Revoke a key: nothing that it alone has signed runs any more
    ///
    /// Labels by the key give way to signatures that verify under other held keys, where packages' lists or sources have
    /// some: fetch and relabel first. An initramfs has copies of the certificates: if one is older than they are, it asks
    /// first. The certificate is moved to /etc/keys/ima-revoked; from then on no file gets a label by the key, from whatever
    /// list, and the key is not loaded at boot. The labels that are left are taken off, each file is named, and the key is taken
    /// out of the kernel's keyring; where the kernel keeps it (.ima), that is said, and it is gone after the next boot.
    ///
    /// If a file loses its label that the next boot needs (init, the shell, the loader, the C library, dpkg, kernel modules),
    /// it asks first. May be stopped, and run again with the same words. To undo it, move the certificate back into
    /// /etc/keys/ima, and run keys load and relabel. Programs that run go on; what could not be reached (mounts that are left
    /// out, or read-only) is refused once the kernel has forgotten it, at the latest after the next boot.
    ///
    /// Exit status 1 if the answer is no; 2 if there is no terminal to ask on, a label could not be taken off, or the kernel
    /// keeps the key.
    #[command(after_long_help = examples::KEYS_REVOKE)]
    Revoke(KeysRevokeArgs),
}

#[derive(Debug, Args)]
pub struct KeysRevokeArgs {
    /// Revoke it on the system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Say what would lose its label, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// The file of its certificate, or its key id in eight hexadecimal digits
    #[arg(value_name = "CERT")]
    pub key: PathBuf,
}

#[derive(Debug, Args)]
pub struct KeysLoadArgs {
    /// Take the certificates from another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
}

#[derive(Debug, Args)]
pub struct KeysListArgs {
    /// Take the certificates from another root than `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    pub what: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say whether the kernel takes the policy, and which files of this system it would refuse
    ///
    /// Looks at every program, library, kernel module and firmware file on disk: what the policy
    /// demands of it, and whether its label would do with the keys that the kernel holds, or, before
    /// they are loaded, with the certificates in /etc/keys/ima. Then it says which of these the policy exempts, by its rules:
    /// the initramfs, tmpfs, containers, snaps, flatpaks. Exit status 1 if the kernel would not
    /// take the policy, or would refuse a file. Sample policies are in /usr/share/dpkg-ima/policies.
    #[command(after_long_help = examples::POLICY_CHECK)]
    Check(PolicyCheckArgs),
}

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

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(subcommand)]
    pub what: GenerateCommand,
}

#[derive(Debug, Subcommand)]
pub enum GenerateCommand {
    /// The man pages, one a command, into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// The completion for bash, to standard output
    CompletionBash,
}

fn package_name(name: &str) -> Result<PackageName, String> {
    PackageName::new(name).ok_or_else(|| "no package has such a name".to_owned())
}
