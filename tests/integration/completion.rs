//! The completion that is installed, in a real bash: words are typed, Tab is pressed, and what bash made of it is read.

use std::fs;
use std::path::Path;

use crate::support::{OurPackages, Run, scratch};

/// A folder with files to name, and the completion out of the package.
fn folder() -> tempfile::TempDir {
    let folder = scratch();
    for file in ["hello_1.0_all.deb", "mirror.key", "mirror.pem"] {
        fs::write(folder.path().join(file), "").unwrap();
    }
    fs::create_dir(folder.path().join("signed")).unwrap();
    let data = Run::new("dpkg-deb").arg("--fsys-tarfile");
    let data = data.arg(&OurPackages::built().tools).ok();
    let path = "./usr/share/bash-completion/completions/dpkg-ima";
    let script = Run::new("tar").args(["-xO", path]).input(data.bytes());
    fs::write(folder.path().join("completion"), script.ok().bytes()).unwrap();
    folder
}

/// What an interactive bash prints that was given those lines; the command itself prints the words that it gets.
fn typed(folder: &Path, lines: &str) -> String {
    let start = "source ./completion; dpkg-ima() { printf '<%s>' \"$@\"; echo; }";
    let settings =
        "bind 'set bell-style none' 'set completion-query-items 0' 'set page-completions off'";
    let bash = Run::new("bash").args(["--norc", "--noprofile", "-i"]);
    let bash = bash.env("TERM", "dumb").env("INPUTRC", "/dev/null");
    let input = format!("{settings}\n{start}\n{lines}\n");
    bash.within(folder).input(input).ok().stdout()
}

#[test]
fn commands_options_and_values_are_completed() {
    let folder = folder();
    for (line, words) in [
        ("sh\t", "<show>"),
        ("--vers\t", "<--version>"),
        ("sign --pass\t", "<sign><--passphrase-file>"),
        ("sign --files ex\t", "<sign><--files><executable>"),
        ("keygen --type p3\t", "<keygen><--type><p384>"),
        ("keys lo\t --ro\t", "<keys><load><--root>"),
        ("policy ch\t --js\t", "<policy><check><--json>"),
        // Hidden from help, so from here too.
        ("gen\t", "<gen>"),
    ] {
        let line = format!("dpkg-ima {line}");
        let said = typed(folder.path(), &line);
        assert!(said.lines().any(|line| line == words), "{line}: {said}");
    }
}

#[test]
fn packages_and_files_are_completed_as_files() {
    let folder = folder();
    for (line, words) in [
        ("show hel\t", "<show><hello_1.0_all.deb>"),
        (
            "verify hel\t ./si\t",
            "<verify><hello_1.0_all.deb><./signed/>",
        ),
        ("sign --key mirror.k\t", "<sign><--key><mirror.key>"),
        ("verify --root si\t", "<verify><--root><signed/>"),
        ("sign -o si\t", "<sign><-o><signed/>"),
        ("policy check mirror.p\t", "<policy><check><mirror.pem>"),
    ] {
        let line = format!("dpkg-ima {line}");
        let said = typed(folder.path(), &line);
        assert!(said.lines().any(|line| line == words), "{line}: {said}");
    }
}

#[test]
fn files_are_offered_where_there_is_nothing_yet() {
    let folder = folder();
    let offered = |line: &str| Run::new("bash").within(folder.path()).args(["-c", line]);
    let script = "source ./completion; COMP_WORDS=(dpkg-ima show ''); COMP_CWORD=2; \
                  _dpkg_ima dpkg-ima '' show; echo \"${#COMPREPLY[@]}\"; complete -p dpkg-ima";
    // Nothing of its own, and then bash's default, which is files.
    let outcome = offered(script).ok();
    assert_eq!(outcome.stdout().lines().next(), Some("0"), "{outcome}");
    outcome.says("-o default").says("-F _dpkg_ima dpkg-ima");
}
