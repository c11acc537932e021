//! What opens a key: the passphrase of a file, or the PIN of a token.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::machine::error::SystemError;

/// Longest secret that is read from a file, in bytes.
const SECRET_MAX: u64 = 4096;

/// Where a passphrase or PIN comes from.
#[derive(Clone)]
pub enum Secret {
    /// The first line of a file.
    File(PathBuf),
    /// This text, which the environment gave.
    Given(String),
    /// The user is asked, if standard input is a terminal.
    Ask,
}

impl Secret {
    /// Obtains it; `what` is named when the user is asked. None if it is to be asked for, and there is no terminal: an answer
    /// is never waited for in a pipe, a cron job or a build.
    pub(super) fn obtain(&self, what: impl Display) -> Result<Option<String>, SystemError> {
        match self {
            Self::Given(secret) => Ok(Some(secret.clone())),
            Self::File(path) => {
                let line = first_line(path).map_err(SystemError::at("read", path))?;
                Ok(Some(line))
            }
            Self::Ask if !io::stdin().is_terminal() => Ok(None),
            Self::Ask => {
                let answer = rpassword::prompt_password(format!("{what}: "));
                let terminal = Path::new("/dev/tty");
                Ok(Some(answer.map_err(SystemError::at("ask on", terminal))?))
            }
        }
    }
}

fn first_line(path: &Path) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(path)?.take(SECRET_MAX)).read_line(&mut line)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
