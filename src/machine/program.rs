//! Programs that are started.

use std::ffi::OsStr;
use std::process::Command;

/// The variable that may hold the passphrase of a key's file.
pub const PASSPHRASE: &str = "DPKG_IMA_PASSPHRASE";
/// The variable that may hold the PIN of a key's token.
pub const PIN: &str = "DPKG_IMA_PIN";

/// A program, to be started with this process's environment but for what opens a key.
///
/// SECURITY: apt gives its environment to what it fetches by, which speaks with servers and need not run as the user whose key
/// it is; and a dump of its memory has it.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.env_remove(PASSPHRASE).env_remove(PIN);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_key_is_not_handed_on() {
        let command = program("true");
        let removed: Vec<_> = command.get_envs().collect();
        assert_eq!(
            removed,
            [(OsStr::new(PASSPHRASE), None), (OsStr::new(PIN), None)]
        );
    }
}
