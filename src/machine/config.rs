//! The configuration file `/etc/dpkg-ima.toml`, all of it optional.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use crate::format::signature_source::{SignatureSource, SignatureSourceError};
use crate::format::text::Text;
use crate::machine::error::{SystemError, shown};
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
    /// It has a line that says nothing which could be used.
    #[error("'{}', {fault}", shown(path))]
    Content {
        /// The file, as people outside the root would name it.
        path: PathBuf,
        /// The line, and what is wrong with it.
        fault: ConfigFault,
    },
}

/// A line of the file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ConfigFault {
    /// Its number; the first is 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: SettingError,
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// It is not TOML.
    #[error("{0}")]
    Syntax(Text),
    /// A key that this program does not know, or a word that the key does not take.
    #[error("'{0}' is not known here")]
    Unknown(Text),
    /// A number in place of a string, a string in place of a list, or the like.
    #[error("'{0}' has a value of the wrong kind")]
    Kind(Text),
    /// A source that is none.
    #[error(transparent)]
    Source(#[from] SignatureSourceError),
    /// Over [`SOURCES_MAX`].
    #[error("more than {SOURCES_MAX} sources")]
    TooManySources,
    /// Zero, or over [`FETCH_SECONDS_MAX`].
    #[error("fetch_seconds is a number from 1 to {FETCH_SECONDS_MAX}")]
    FetchSeconds,
}

impl Config {
    /// The settings of that root; the defaults where the file is missing. A symlink in its place is followed.
    ///
    /// # Errors
    /// If the file is there and cannot be used.
    pub fn read(root: &Root) -> Result<Self, ConfigError> {
        match root.read_followed(Path::new(PATH), LENGTH_MAX)? {
            Some(text) => {
                let parsed = Self::parse(&String::from_utf8_lossy(&text));
                let path = || root.display(Path::new(PATH));
                parsed.map_err(|fault| ConfigError::Content {
                    path: path(),
                    fault,
                })
            }
            None => Ok(Self::default()),
        }
    }

    /// Parses the text of the file.
    ///
    /// # Errors
    /// If it is not TOML, or has a setting that this program does not know.
    pub fn parse(text: &str) -> Result<Self, ConfigFault> {
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(text.len(), |span| span.start);
            let what = SettingError::Syntax(error.message().into());
            ConfigFault::at(text, at, what)
        })?;
        let mut config = Self::default();
        for (key, value) in table.get_ref() {
            let set = config.set(key.get_ref(), value.get_ref());
            set.map_err(|what| ConfigFault::at(text, key.span().start, what))?;
        }
        Ok(config)
    }

    fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), SettingError> {
        match (key, value) {
            ("unsigned", DeValue::String(value)) => self.unsigned = parse_unsigned(value)?,
            ("sources", DeValue::Array(values)) => self.sources = parse_sources(values)?,
            ("fetch_seconds", DeValue::Integer(value)) => self.fetch_time = parse_seconds(value)?,
            ("unsigned" | "sources" | "fetch_seconds", _) => {
                return Err(SettingError::Kind(key.into()));
            }
            _ => return Err(SettingError::Unknown(key.into())),
        }
        Ok(())
    }
}

impl ConfigFault {
    /// That of the line which has that byte of the text.
    fn at(text: &str, byte: usize, what: SettingError) -> Self {
        let before = text.bytes().take(byte);
        let line = 1 + before.filter(|byte| *byte == b'\n').count();
        Self { line, what }
    }
}

fn parse_unsigned(value: &str) -> Result<Unsigned, SettingError> {
    match value {
        "ignore" => Ok(Unsigned::Ignore),
        "warn" => Ok(Unsigned::Warn),
        "refuse" => Ok(Unsigned::Refuse),
        other => Err(SettingError::Unknown(other.into())),
    }
}

fn parse_sources(values: &DeArray<'_>) -> Result<Vec<SignatureSource>, SettingError> {
    if values.len() > SOURCES_MAX {
        return Err(SettingError::TooManySources);
    }
    let parse = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(SignatureSource::parse(text)?),
        _ => Err(SettingError::Kind("sources".into())),
    };
    values.iter().map(|value| parse(value.get_ref())).collect()
}

fn parse_seconds(value: &DeInteger<'_>) -> Result<Duration, SettingError> {
    let seconds = u64::from_str_radix(value.as_str(), value.radix());
    let seconds = seconds
        .ok()
        .filter(|seconds| (1..=FETCH_SECONDS_MAX).contains(seconds));
    Ok(Duration::from_secs(
        seconds.ok_or(SettingError::FetchSeconds)?,
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
    }

    #[test]
    fn whatever_else_is_refused_with_its_line() {
        let kind = |key| format!("line 1: '{key}' has a value of the wrong kind");
        let seconds = "line 1: fetch_seconds is a number from 1 to 3600".to_owned();
        for (bad, why) in [
            ("unsigned = 1", kind("unsigned")),
            (
                "unsigned = \"no\"",
                "line 1: 'no' is not known here".to_owned(),
            ),
            (
                "# one\nfetch_seconds = 2\nunsgined = \"warn\"",
                "line 3: 'unsgined' is not known here".to_owned(),
            ),
            ("sources = 'https://host'", kind("sources")),
            ("sources = [1]", kind("sources")),
            ("sources = [['https://host']]", kind("sources")),
            (
                "sources = ['https://host',\n 'ftp://host']",
                format!(
                    "line 1: {}",
                    SignatureSource::parse("ftp://host").unwrap_err()
                ),
            ),
            ("fetch_seconds = 0", seconds.clone()),
            ("fetch_seconds = -1", seconds.clone()),
            ("fetch_seconds = 3601", seconds),
            ("fetch_seconds = 1.5", kind("fetch_seconds")),
            ("fetch_seconds = '1'", kind("fetch_seconds")),
        ] {
            assert_eq!(Config::parse(bad).unwrap_err().to_string(), why, "{bad}");
        }
        for (bad, line) in [("\nunsigned =", 2), ("unsigned = 'warn'\n\n=", 3)] {
            let fault = Config::parse(bad).unwrap_err();
            assert!(matches!(fault.what, SettingError::Syntax(_)), "{fault}");
            assert_eq!(fault.line, line, "{fault}");
        }
    }

    #[test]
    fn an_error_names_the_file_of_that_root() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("etc")).unwrap();
        fs::write(folder.path().join(PATH), "\nunsigned = 1\n").unwrap();
        let error = Config::read(&Root::open(folder.path()).unwrap()).unwrap_err();
        let path = folder.path().join(PATH);
        let expected = format!(
            "'{}', line 2: 'unsigned' has a value of the wrong kind",
            path.to_str().unwrap()
        );
        assert_eq!(error.to_string(), expected);
    }
}
