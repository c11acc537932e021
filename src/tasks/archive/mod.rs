//! The packages of an archive that is not kept here: `sign --archive`.
//!
//! apt fetches the indexes and verifies them, in a folder of its own, so that nothing but the sources it is given counts
//! (`apt_folder`, `update`). `packages` reads them, as far as the `choice` goes and the `shard` covers. `download` fetches a
//! `batch` of packages at a time with apt's downloader, which verifies them by the index, into limited `room` on the disk. What
//! is handed out is a copy that is ours alone (`own_copy`); whoever has signed one drops it.

mod apt_folder;
mod batch;
mod choice;
mod download;
mod error;
mod limits;
mod own_copy;
mod packages;
mod room;
mod shard;
mod update;

pub use apt_folder::AptFolder;
pub use batch::Batch;
pub use choice::Choice;
pub use download::{Download, Downloads};
pub use error::ArchiveError;
pub use limits::DISK;
pub use packages::{ArchivePackage, ArchivePackages, LeftOut};
pub use shard::Shard;
pub use update::{PackagesFile, update};
