//! Packages whose lists name other packages' contents with signatures that nobody made: random bytes under the id of a key
//! that the machine holds, or under any other. None of them takes a good label away, in whatever order they come.

mod apt;
mod from;
mod kernel;
mod relabel;
mod sweep;

use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use dpkg_ima::format::ima::{Digest, HashAlgorithm};

use crate::support::{DebBuilder, Run, SignatureList, System, TestKey, label_of, scratch};

/// The program that is attacked, as the shell would be.
const SHELL: &str = "/usr/bin/shell";
const CONTENT: &str = "#!/bin/true\nwhatever everybody runs\n";
/// What a list says under a key that is held.
const SAID: &str = "not verify under key";

/// A machine with certificates and without hooks.
struct Victim {
    system: System,
    debs: tempfile::TempDir,
}

impl Victim {
    /// That holds the shared key.
    fn new() -> Self {
        let victim = Self::without_keys();
        victim.system.trust(TestKey::shared());
        victim
    }

    fn without_keys() -> Self {
        let (system, debs) = (System::new(), scratch());
        Self { system, debs }
    }

    fn shell(&self) -> PathBuf {
        let deb = DebBuilder::new("shell", "1").file(SHELL, CONTENT, 0o755);
        let plain = scratch();
        TestKey::shared().signed(&deb.build(plain.path()), self.debs.path())
    }

    fn install_shell(&self) {
        self.system.dpkg(&[], &self.shell());
    }

    /// A package without a file, whose list claims the shell.
    fn install_hostile(&self, name: &str, key: &str) -> String {
        let signature = garbage(key, name.len());
        let deb = DebBuilder::new(name, "1").control("imasigs", list(&[(SHELL, &signature)]));
        self.system.dpkg(&[], &deb.build(self.debs.path()));
        signature
    }

    fn sweep(&self) -> Run {
        let run = Run::helper().env("RUST_LOG", "info").arg("sweep");
        run.arg("--root").arg(self.system.root())
    }

    fn relabel(&self) -> Run {
        let run = Run::dpkg_ima().args(["relabel", "--root"]);
        run.arg(self.system.root())
    }

    fn set_label(&self, value: &str) {
        let value = HEXLOWER.decode(value.as_bytes()).unwrap();
        self.system.set(SHELL, &value);
    }

    fn label(&self) -> Option<String> {
        label_of(&self.system.at(SHELL))
    }

    /// The label is the one that the shell's maker signed.
    #[track_caller]
    fn shell_runs(&self) {
        let list = self.system.at("/var/lib/dpkg/info/shell.imasigs");
        assert_eq!(
            self.label(),
            Some(SignatureList::read(&list).signature(SHELL))
        );
        self.system.verify("shell").says("good: /usr/bin/shell");
    }
}

/// The id of a test key, in hexadecimal.
fn id_of(key: &TestKey) -> String {
    let der = std::fs::read(&key.der).unwrap();
    dpkg_ima::format::ima::key_id_of(&der).unwrap().to_string()
}

/// A value of security.ima under that key: 256 bytes that no key made, others for each number.
fn garbage(key: &str, number: usize) -> String {
    let random: String = (0..256)
        .map(|at| format!("{:02x}", (at * 7 + number * 13 + 5) % 256))
        .collect();
    format!("030204{key}0100{random}")
}

/// A list that names paths, each with the shell's content and that label.
fn list(entries: &[(&str, &str)]) -> String {
    let digest = Digest::of(HashAlgorithm::Sha256, CONTENT.as_bytes());
    let line = |(path, label): &(&str, &str)| {
        let label = BASE64.encode(&HEXLOWER.decode(label.as_bytes()).unwrap());
        let size = CONTENT.len();
        format!(".{path} type=file size={size} sha256={digest} security.ima={label}\n")
    };
    let lines: String = entries.iter().map(line).collect();
    format!("#mtree v2.0\n{lines}")
}

/// The id of the key that the machine holds, and of one that nobody has.
fn any_key() -> [String; 2] {
    [id_of(TestKey::shared()), "0badc0de".to_owned()]
}

fn copy_of(deb: &Path, folder: &Path, name: &str) {
    std::fs::copy(deb, folder.join(name)).unwrap();
}
