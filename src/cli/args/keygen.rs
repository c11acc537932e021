//! The arguments of `keygen`, and what the task takes for them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::keys::signing::KeyType;

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
    /// Days until the certificate expires; the kernel does not check it
    #[arg(long, value_name = "N", default_value_t = 3650)]
    pub days: u32,
}

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

impl From<TypeArg> for KeyType {
    fn from(kind: TypeArg) -> Self {
        match kind {
            TypeArg::Rsa2048 => Self::Rsa2048,
            TypeArg::Rsa3072 => Self::Rsa3072,
            TypeArg::Rsa4096 => Self::Rsa4096,
            TypeArg::P256 => Self::P256,
            TypeArg::P384 => Self::P384,
        }
    }
}
