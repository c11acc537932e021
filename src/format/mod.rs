//! Formats: bytes and types. Nothing here knows of paths on this machine, or asks it anything.

pub mod apt;
pub mod deb;
pub mod deb822;
pub mod decimal;
pub mod ima;
pub mod imasigs;
pub mod package_path;
pub mod policy;
pub mod text;
pub mod tree;
