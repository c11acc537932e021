//! Formats: bytes and the types they become. Nothing here opens a path or asks the machine.

pub mod apt;
#[cfg(feature = "cli")]
pub mod audit;
pub mod deb;
pub mod deb822;
pub mod decimal;
#[cfg(feature = "cli")]
pub mod digest_lines;
pub mod ima;
pub mod imasigs;
pub mod kernel_file;
pub mod package_path;
pub mod package_version;
#[cfg(feature = "cli")]
pub mod packages_index;
#[cfg(feature = "cli")]
pub mod pkcs11_uri;
pub mod plural;
pub mod policy;
#[cfg(feature = "cli")]
pub mod signature_record;
pub mod signature_source;
pub mod text;
pub mod tree;
