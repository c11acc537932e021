//! The arguments of `sign --archive`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use crate::tasks::archive::{DISK, Shard};

#[derive(Debug, Args)]
#[command(next_help_heading = "Options for an archive")]
pub struct ArchiveArgs {
    /// Make the lists of the packages of an archive, each of which is fetched, verified, signed and deleted. A file of apt's
    /// sources, each with Signed-By: see sources.list(5)
    #[arg(long, value_name = "SOURCES", conflicts_with = "packages")]
    pub archive: Option<PathBuf>,
    /// Only packages that this file names, one a line
    #[arg(long = "packages", value_name = "FILE", requires = "archive")]
    pub named: Option<PathBuf>,
    /// Only packages of this section, such as admin or contrib/net, may be repeated
    #[arg(long, value_name = "SECTION", requires = "archive")]
    pub section: Vec<String>,
    /// Only packages that a machine has installed, in the versions that it has: its /var/lib/dpkg/status
    #[arg(long, value_name = "STATUS", requires = "archive")]
    pub installed_on: Option<PathBuf>,
    /// Only the part I of N, by the names of the source packages; several may run at a time, on several machines too
    #[arg(
        long,
        value_name = "I/N",
        requires = "archive",
        conflicts_with = "prune"
    )]
    pub shard: Option<Shard>,
    /// Disk that packages and their copies may take at a time, in MiB; a package larger than half of it is left out
    #[arg(long, value_name = "MIB", requires = "archive", default_value_t = default_disk())]
    pub disk: NonZeroU32,
}

/// [`DISK`] in MiB.
fn default_disk() -> NonZeroU32 {
    NonZeroU32::new((DISK >> 20) as u32).unwrap_or(NonZeroU32::MIN)
}

impl ArchiveArgs {
    /// Disk in bytes.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        u64::from(self.disk.get()) << 20
    }
}
