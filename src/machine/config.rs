//! The configuration file `/etc/dpkg-ima.toml`, all of it optional.

use std::path::Path;
use std::time::Duration;

use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use crate::format::signature_source::{SignatureSource, SignatureSourceError};
use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Beneath the root.
const PATH: &str = "etc/dpkg-ima.toml";
/// Largest file that we read, in bytes.
const LENGTH_MAX: u64 = 1 << 20;
/// How long apt may be held up for lists, where the file does not say.
const FETCH_TIME: Duration = Duration::from_secs(30);
/// The most that the file may say, in seconds.
const FETCH_SECONDS_MAX: u64 = 3600;
/// Most sources; each is asked for what those before it lack.
const SOURCES_MAX: usize = 16;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `unsigned = "ignore" | "warn" | "refuse"`.
    pub unsigned: Unsigned,
    /// `sources = ["https://…", "file:///…"]`: where lists are fetched from, in the order in which they are asked.
    pub sources: Vec<SignatureSource>,
    /// `fetch_seconds = N`: how long one run of apt is held up for lists, at most.
    pub fetch_time: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            unsigned: Unsigned::default(),
            sources: Vec::new(),
            fetch_time: FETCH_TIME,
        }
    }
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
    /// A source that is none.
    #[error("/{PATH}: {0}")]
    Source(#[from] SignatureSourceError),
    /// Over [`SOURCES_MAX`].
    #[error("/{PATH}: more than {SOURCES_MAX} sources")]
    TooManySources,
    /// Zero, or over [`FETCH_SECONDS_MAX`].
    #[error("/{PATH}: fetch_seconds is a number from 1 to {FETCH_SECONDS_MAX}")]
    FetchSeconds,
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
                ("sources", DeValue::Array(values)) => config.sources = parse_sources(values)?,
                ("fetch_seconds", DeValue::Integer(value)) => {
                    config.fetch_time = parse_seconds(value)?;
                }
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

fn parse_sources(values: &DeArray<'_>) -> Result<Vec<SignatureSource>, ConfigError> {
    if values.len() > SOURCES_MAX {
        return Err(ConfigError::TooManySources);
    }
    let parse = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(SignatureSource::parse(text)?),
        _ => Err(ConfigError::Source(SignatureSourceError::Scheme)),
    };
    values.iter().map(|value| parse(value.get_ref())).collect()
}

fn parse_seconds(value: &DeInteger<'_>) -> Result<Duration, ConfigError> {
    let seconds = u64::from_str_radix(value.as_str(), value.radix());
    let seconds = seconds
        .ok()
        .filter(|seconds| (1..=FETCH_SECONDS_MAX).contains(seconds));
    Ok(Duration::from_secs(
        seconds.ok_or(ConfigError::FetchSeconds)?,
    ))
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
            let expected = Config {
                unsigned,
                ..Config::default()
            };
            assert_eq!(Config::parse(text).unwrap(), expected);
        }
        let text = "sources = [\"https://host/x/\", 'file:///srv/lists']\nfetch_seconds = 0x10\n";
        let config = Config::parse(text).unwrap();
        let sources: Vec<_> = config.sources.iter().map(ToString::to_string).collect();
        assert_eq!(sources, ["https://host/x", "file:///srv/lists"]);
        assert_eq!(config.fetch_time, Duration::from_secs(16));
        for bad in [
            "unsigned = 1",
            "unsigned = \"no\"",
            "unsgined = \"warn\"",
            "unsigned =",
            "sources = 'https://host'",
            "sources = [1]",
            "sources = ['ftp://host']",
            "sources = [['https://host']]",
            "fetch_seconds = 0",
            "fetch_seconds = -1",
            "fetch_seconds = 3601",
            "fetch_seconds = 1.5",
            "fetch_seconds = '1'",
        ] {
            assert!(Config::parse(bad).is_err(), "{bad}");
        }
    }
}
