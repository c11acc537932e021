//! The configuration file `/etc/dpkg-ima.toml`, all of it optional.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Beneath the root.
const PATH: &str = "etc/dpkg-ima.toml";
/// Largest file that we read, in bytes.
const LENGTH_MAX: u64 = 1 << 20;

/// The treatment of packages that have no signatures, or none by a key that this machine holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsigned {
    /// Install them silently.
    Ignore,
    /// Install them, and name each before dpkg unpacks the first.
    #[default]
    Warn,
    /// Refuse the whole transaction before dpkg unpacks the first.
    Refuse,
}

/// The settings of a machine. The default is that of a machine without the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `unsigned = "ignore" | "warn" | "refuse"`.
    pub unsigned: Unsigned,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The file is not TOML.
    #[error("/{PATH}: {0}")]
    Syntax(Text),
    /// A key that this program does not know, or a value that the key does not take.
    #[error("/{PATH}: '{0}' is not known here")]
    Unknown(Text),
}

impl Config {
    /// The settings of that root; the defaults where the file is missing. A symlink in its place is followed.
    ///
    /// # Errors
    /// If the file is there and cannot be used.
    pub fn read(root: &Root) -> Result<Self, ConfigError> {
        match root.read_followed(Path::new(PATH), LENGTH_MAX)? {
            Some(text) => Self::parse(&String::from_utf8_lossy(&text)),
            None => Ok(Self::default()),
        }
    }

    /// Parses the text of the file.
    ///
    /// # Errors
    /// If it is not TOML, or has a setting that this program does not know.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text);
        let table = table.map_err(|error| ConfigError::Syntax(error.message().into()))?;
        let mut config = Self::default();
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("unsigned", DeValue::String(value)) => config.unsigned = parse_unsigned(value)?,
                (key, _) => return Err(ConfigError::Unknown(key.into())),
            }
        }
        Ok(config)
    }
}

fn parse_unsigned(value: &str) -> Result<Unsigned, ConfigError> {
    match value {
        "ignore" => Ok(Unsigned::Ignore),
        "warn" => Ok(Unsigned::Warn),
        "refuse" => Ok(Unsigned::Refuse),
        other => Err(ConfigError::Unknown(other.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_file_may_be_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("etc")).unwrap();
        fs::write(folder.path().join("etc/real"), "unsigned = \"refuse\"").unwrap();
        std::os::unix::fs::symlink("/etc/real", folder.path().join(PATH)).unwrap();
        let config = Config::read(&Root::open(folder.path()).unwrap()).unwrap();
        assert_eq!(config.unsigned, Unsigned::Refuse);
    }

    #[test]
    fn every_setting_is_read_and_no_other() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
        for (text, unsigned) in [
            ("# nothing", Unsigned::Warn),
            ("unsigned = \"ignore\"", Unsigned::Ignore),
            ("unsigned = 'refuse' # all", Unsigned::Refuse),
        ] {
            assert_eq!(Config::parse(text).unwrap(), Config { unsigned });
        }
        for bad in [
            "unsigned = 1",
            "unsigned = \"no\"",
            "unsgined = \"warn\"",
            "unsigned =",
        ] {
            assert!(Config::parse(bad).is_err(), "{bad}");
        }
    }
}
