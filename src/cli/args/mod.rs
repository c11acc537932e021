//! The command line as it is typed: one definition, from which help, man pages and completion are made.
//!
//! The doc comments of commands, options and values are what users read.

mod archive;
mod command;
mod fetch;
mod keygen;
mod local;
mod setup;
mod sign;
mod sign_status;
mod strip;
mod system;
mod two_steps;
mod why;

pub use archive::ArchiveArgs;
pub use command::{Cli, Command, EXIT_STATUS};
pub use fetch::FetchArgs;
pub use keygen::KeygenArgs;
pub use local::{ForgetArgs, LocalArgs};
pub use setup::SetupArgs;
pub use sign::{KeyArgs, ResignArgs, SelectionArgs, SignArgs, SigningArgs};
pub use strip::StripArgs;
pub use system::{
    GenerateArgs, GenerateCommand, KeysArgs, KeysCommand, KeysListArgs, KeysLoadArgs,
    KeysRevokeArgs, PolicyArgs, PolicyCheckArgs, PolicyCommand, RelabelArgs, ShowArgs, StatusArgs,
    VerifyArgs,
};
pub use two_steps::{AttachArgs, DigestsArgs, SignDigestsArgs};
pub use why::WhyArgs;
