//! IMA signatures on Debian packages, from the moment dpkg unpacks them.
pub mod deb;
pub mod imasigs;
pub mod package_path;
pub mod signature;
/// x
#[cfg(feature = "cli")]
pub mod cli {
    /// x
    pub fn main() -> std::process::ExitCode {
        todo!()
    }
}
