//! The arguments for local programs: those of `sign --local`, and of `forget`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct LocalArgs {
    /// Sign programs that no package brought, where they are, and keep their signatures in a list of this machine
    #[arg(long, conflicts_with_all = ["drop_signatures", "files"])]
    pub local: bool,
    /// With --local: every program that verify finds unsigned and named by no list; they are shown first
    #[arg(long, requires = "local", conflicts_with = "packages")]
    pub all: bool,
    /// With --all: do not ask, and leave out what others than root own or can write
    #[arg(long, requires = "all")]
    pub yes: bool,
    /// With --local: the system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/", requires = "local")]
    pub root: PathBuf,
}

#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The system that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Programs that were signed by sign --local, by the paths that they were signed by
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}
