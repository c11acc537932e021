//! Fetches signature lists that travel apart from their packages, from the sources that /etc/dpkg-ima.toml names.
//!
//! Two processes share the work when apt is about to unpack something. `load` reads packages and lists that strangers
//! made; it is confined, and cannot reach the network. So it first starts a `download` process ([`Downloader`],
//! [`serve_downloads`]), which is not confined, knows the sources from the configuration, and takes nothing from `load`
//! but names, which it checks. That process runs apt's own downloader, which uses proxies, certificates and time-outs as
//! apt does, and passes on bytes that nobody has looked at. `load` finds out what they are worth ([`find_lists`]).
//! `dpkg-ima fetch` and `relabel`, which people run, do both in one process ([`fetch_ahead`], [`fetch_lists()`]).
//!
//! SECURITY: nothing that a source says is trusted. The time is limited, and so is the size of each list and of all,
//! compressed and not. No source chooses a name. A list is taken if it names files of the package that it was asked for;
//! where its signatures go, the digests of contents decide.

mod accept;
mod ahead;
mod apt_helper;
mod ask;
mod download_folder;
mod downloader;
mod fetch_lists;
mod find;
mod folder_reader;
mod limits;
mod patience;
mod protocol;
mod renew;
mod serve;
mod timed_pipe;
mod trouble;
mod unanswered;
mod wanted;

pub use accept::NotAccepted;
pub use ahead::{Ahead, AheadError, AheadOptions, fetch_ahead};
pub use ask::Delivered;
pub use downloader::Downloader;
pub use fetch_lists::{FetchProgress, fetch_lists, keep_lists};
pub use find::{Ask, FoundLists, Lacking, Search, find_lists};
pub use renew::RenewError;
pub use serve::serve_downloads;
pub use trouble::{SourceTrouble, TroubleCause};
pub use unanswered::Unanswered;
pub use wanted::{ListOwner, WantedList};
