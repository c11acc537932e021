//! A process that holds a private key keeps its memory to itself.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::libc::O_NONBLOCK;

use crate::support::{DebBuilder, Run, TestKey};

/// Nobody has it here.
const SIGNER: u32 = 64_002;

/// Whose the process is for /proc: of one whose memory is its own, root's; else its user's.
fn owner(process: &Child) -> u32 {
    let environment = format!("/proc/{}/environ", process.id());
    fs::metadata(environment).unwrap().uid()
}

/// The pipe, once the process waits for what comes through it.
fn awaited(pipe: &Path, process: &mut Child) -> File {
    loop {
        let opened = File::options()
            .write(true)
            .custom_flags(O_NONBLOCK)
            .open(pipe);
        if let Ok(file) = opened {
            return file;
        }
        assert!(process.try_wait().unwrap().is_none(), "it has ended");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn it_is_neither_dumped_nor_read_by_others_and_signs_without_root() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_dpkg-ima"), at("dpkg-ima")).unwrap();
    let key = TestKey::new("rsa2048", folder.path());
    let run = Run::new("openssl").args(["pkey", "-aes256", "-passout", "pass:open", "-in"]);
    run.arg(&key.key).arg("-out").arg(at("locked")).ok();
    fs::create_dir(at("pool")).unwrap();
    let deb = DebBuilder::with_program("x", "1").build(&at("pool"));
    Run::new("mkfifo").arg(at("pipe")).ok();
    for path in [&at("locked"), &at("pipe"), &at("pool"), &deb] {
        chown(path, Some(SIGNER), Some(SIGNER)).unwrap();
    }
    let mut command = Command::new(at("dpkg-ima"));
    command
        .args(["sign", "--in-place", "--passphrase-file"])
        .arg(at("pipe"));
    command
        .arg("--key")
        .arg(at("locked"))
        .arg("--cert")
        .arg(&key.certificate);
    command.arg(at("pool")).uid(SIGNER).gid(SIGNER);
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = awaited(&at("pipe"), &mut process);
    assert_eq!(owner(&process), 0);
    pipe.write_all(b"open\n").unwrap();
    drop(pipe);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    key.verify().arg(&deb).ok();
}

/// The control: a process without a key is its user's.
#[test]
fn a_process_without_a_key_is_its_users() {
    let mut command = Command::new("sleep");
    let mut process = command.arg("60").uid(SIGNER).gid(SIGNER).spawn().unwrap();
    while fs::read_to_string(format!("/proc/{}/comm", process.id())).unwrap() != "sleep\n" {
        sleep(Duration::from_millis(5));
    }
    let found = owner(&process);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(found, SIGNER);
}
