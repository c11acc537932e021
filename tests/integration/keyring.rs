//! What other users' keys make of the IMA keyring: nothing.

use crate::support::{Run, scratch};

/// Makes keys that everybody may see, and that end with the shell's session, and runs the command.
const FORGE: &str = r#"
add() { key=$(keyctl add user "$1" 0000 @s) && keyctl setperm "$key" 0x3f3f3f3f || exit 9; }
add "$(printf 'x keyring   .ima: 1')"
add "$(printf 'x\n0a000003 I------     1 perm 1f0f0000     0     0 keyring   .ima: 2\nx')"
add "$(printf '\377')"
exec "$@"
"#;

/// What `keys list` prints, as a command of that script.
fn keys(script: &str) -> String {
    let root = scratch();
    let run = Run::new("keyctl").args(["session", "-", "sh", "-c", script, "sh"]);
    let run = run.arg(env!("CARGO_BIN_EXE_dpkg-ima"));
    let run = run.args(["keys", "list", "--root"]).arg(root.path());
    run.outcome().does_not_say("/proc/keys").stdout()
}

#[test]
fn keys_of_other_users_do_not_pass_for_the_keyring() {
    let expected = keys(r#"exec "$@""#);
    assert_eq!(keys(FORGE), expected);
}
