//! A package that is written to in place, as by `cp`, while it is read and signed.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::package::{Signed, sign};
use super::{
    Destination, DetachedLists, KeyExchange, Listener, OldSignatures, Options, Resigner, SignError,
    SignedPool, SigningJob, SigningPlan, run_incremental, run_resign,
};
use crate::contents::{OpenDeb, Selection};
use crate::format::deb::Voided;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::keys::signing::{
    KeyError, KeyRequest, KeyType, Secret, Secrets, Signer, Trust, generate, load_signer,
};

const OPTIONS: Options = Options {
    selection: Selection::Executable,
    algorithm: HashAlgorithm::Sha256,
    voided: Voided::Keep,
};

/// A key that, before it signs, writes to a file.
struct Meanwhile {
    signer: Box<dyn Signer>,
    harmed: Mutex<Option<PathBuf>>,
}

impl Signer for Meanwhile {
    fn key_id(&self) -> KeyId {
        self.signer.key_id()
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        if let Some(file) = &*self.harmed.lock().unwrap() {
            harm(file);
        }
        self.signer.sign(digest)
    }

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.signer.public_key()
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.signer.verifies(signature, digest)
    }
}

/// What is written is the same, and the time of modification is set back: only the kernel's own time tells.
fn harm(file: &Path) {
    // Kernels before 6.13 count time in ticks.
    sleep(Duration::from_millis(20));
    let file = File::options().read(true).write(true).open(file).unwrap();
    let (before, mut byte) = (file.metadata().unwrap(), [0]);
    file.read_exact_at(&mut byte, 0).unwrap();
    file.write_all_at(&byte, 0).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
}

/// A package with a program, a key with its certificate, and a folder.
struct Desk {
    folder: TempDir,
    signer: Meanwhile,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let [key, certificate] = ["key", "certificate"].map(at);
        let request = KeyRequest {
            kind: KeyType::P256,
            name: "test".into(),
            days: 1,
        };
        let made = generate(&request).unwrap();
        fs::write(&key, made.key_pem).unwrap();
        fs::write(&certificate, made.certificate_pem).unwrap();
        fs::create_dir_all(at("x/DEBIAN")).unwrap();
        let control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: m\nDescription: d\n";
        fs::write(at("x/DEBIAN/control"), control).unwrap();
        fs::create_dir_all(at("x/usr/bin")).unwrap();
        fs::copy("/bin/true", at("x/usr/bin/x")).unwrap();
        fs::create_dir(at("out")).unwrap();
        let mut build = Command::new("dpkg-deb");
        build.arg("-b").args([at("x"), at("x.deb")]);
        assert!(build.output().unwrap().status.success());
        let secrets = Secrets {
            passphrase: Secret::Ask,
            pin: Secret::Ask,
        };
        let signer = Meanwhile {
            signer: load_signer(&key, Some(&certificate), &secrets).unwrap(),
            harmed: Mutex::default(),
        };
        Self { folder, signer }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on it is written to while it is signed.
    fn harm(&self, name: &str) {
        *self.signer.harmed.lock().unwrap() = Some(self.at(name));
    }

    fn job(&self, destination: &Destination) -> SigningJob {
        let mut plan = SigningPlan::new(&[self.at("x.deb")], destination);
        plan.jobs.remove(0)
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<Result<Signed, String>>>);

impl Listener for Heard {
    fn finished(&self, _: &SigningJob, result: &Result<Signed, SignError>) {
        let result = match result {
            Ok(signed) => Ok(signed.clone()),
            Err(error) => Err(error.to_string()),
        };
        self.0.lock().unwrap().push(result);
    }

    fn is_up_to_date(&self, _: &SigningJob) {}

    fn stopped(&self, _: usize) {}
}

impl Heard {
    #[track_caller]
    fn changed(self) {
        let heard = self.0.into_inner().unwrap();
        let [Err(message)] = &heard[..] else {
            panic!("{heard:?}");
        };
        assert!(message.contains("changed meanwhile"), "{message}");
    }
}

#[test]
fn it_is_not_replaced_by_a_torn_one() {
    let desk = Desk::new();
    let job = desk.job(&Destination::InPlace);
    desk.harm("x.deb");
    let before = fs::read(&job.input).unwrap();
    let result = sign(&job, &desk.signer, OPTIONS);
    assert!(matches!(result, Err(SignError::Changed(_))), "{result:?}");
    assert_eq!(fs::read(&job.input).unwrap(), before);
    // What is written to is another file.
    desk.harm("key");
    assert_eq!(sign(&job, &desk.signer, OPTIONS).unwrap().made, 1);
}

#[test]
fn another_name_of_it_may_be_replaced_meanwhile() {
    let desk = Desk::new();
    fs::hard_link(desk.at("x.deb"), desk.at("y.deb")).unwrap();
    let job = desk.job(&Destination::InPlace);
    let package = OpenDeb::at(&job.input).unwrap();
    fs::rename(desk.at("key"), desk.at("y.deb")).unwrap();
    assert!(package.is_as_opened().unwrap());
    let file = File::options().write(true).open(&job.input).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert!(!package.is_as_opened().unwrap());
}

#[test]
fn nothing_is_put_into_an_output_folder() {
    let desk = Desk::new();
    let out = desk.at("out");
    let job = desk.job(&Destination::Folder(out.clone()));
    desk.harm("x.deb");
    let is_empty = || {
        let mut there = fs::read_dir(&out).unwrap();
        there.all(|entry| entry.unwrap().file_name() == ".dpkg-ima")
    };
    let (pool, tree) = (Heard::default(), Heard::default());
    let folder = SignedPool::open(&out, &desk.signer, OPTIONS).unwrap();
    run_incremental(vec![job.clone()], &folder, &pool);
    pool.changed();
    assert!(is_empty());
    let folder = DetachedLists::open(&out, &desk.signer, OPTIONS, None).unwrap();
    run_incremental(vec![job], &folder, &tree);
    tree.changed();
    assert!(is_empty());
}

#[test]
fn it_is_not_signed_anew_by_another_key() {
    let (desk, new) = (Desk::new(), Desk::new());
    let job = desk.job(&Destination::InPlace);
    sign(&job, &desk.signer, OPTIONS).unwrap();
    *new.signer.harmed.lock().unwrap() = Some(job.input.clone());
    let old = Trust::from_files([desk.at("certificate").as_path()]).unwrap();
    let (_, lists) = SigningPlan::resign(&[], None);
    let exchange = KeyExchange {
        old,
        signer: &new.signer,
        old_signatures: OldSignatures::Drop,
    };
    let resigner = Resigner::new(exchange, lists, Voided::Keep);
    let heard = Heard::default();
    run_resign(vec![job], &resigner, &heard);
    heard.changed();
}
