//! What other users' keys make of the IMA keyring: nothing.

use crate::support::Run;

/// Makes keys that everybody may see, and that end with the shell's session, and runs the command.
const FORGE: &str = r#"
add() { key=$(keyctl add user "$1" 0000 @s) && keyctl setperm "$key" 0x3f3f3f3f || exit 9; }
add "$(printf 'x keyring   .ima: 1')"
add "$(printf 'x\n0a000003 I------     1 perm 1f0f0000     0     0 keyring   .ima: 2\nx')"
add "$(printf '\377')"
exec "$@"
"#;

/// What `status` says of the keyring, as a command of that script.
fn keyring(script: &str) -> String {
    let run = Run::new("keyctl").args(["session", "-", "sh", "-c", script, "sh"]);
    let run = run.arg(env!("CARGO_BIN_EXE_dpkg-ima")).arg("status");
    let outcome = run.outcome().does_not_say("/proc/keys");
    let lines = outcome.stdout();
    let line = lines.lines().find(|line| line.contains("keyring: "));
    line.unwrap_or_else(|| panic!("{outcome}")).to_owned()
}

#[test]
fn keys_of_other_users_do_not_pass_for_the_keyring() {
    let expected = keyring(r#"exec "$@""#);
    assert_eq!(keyring(FORGE), expected);
}
