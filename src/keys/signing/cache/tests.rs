//! What a cache gives is what was put into it, whatever became of its file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{CacheError, CachedSigner, SignatureCache};
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::format::signature_record::RECORD_LEN;
use crate::keys::signing::{
    KeyError, KeyRequest, KeyType, Secret, Secrets, Signer, generate, load_signer,
};

/// Length of the file's head.
const HEAD: usize = 16;
const KEY: &[u8] = b"a public key";

fn digest(of: usize) -> Digest {
    Digest::of(HashAlgorithm::Sha256, &of.to_be_bytes())
}

/// A folder with the file of a cache, which has the signatures 0 up to that number; each is its own number 256 times.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new(signatures: usize) -> Self {
        let new = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let cache = new.open().unwrap();
        (0..signatures).for_each(|number| put(&cache, number));
        new
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn open(&self) -> Result<SignatureCache, CacheError> {
        SignatureCache::open(&self.file(), KEY)
    }

    /// The error, as users read it.
    fn error(&self) -> String {
        self.open().err().expect("it cannot be opened").to_string()
    }
}

fn payload(number: usize) -> Vec<u8> {
    vec![u8::try_from(number).unwrap(); 256]
}

fn put(cache: &SignatureCache, number: usize) {
    cache.put(&digest(number), payload(number));
}

/// How many of that many signatures the cache has; none may be a wrong one.
fn found(cache: &SignatureCache, signatures: usize) -> usize {
    let right = |number: &usize| match cache.get(&digest(*number)) {
        Some(found) => {
            assert_eq!(found, payload(*number));
            true
        }
        None => false,
    };
    (0..signatures).filter(right).count()
}

#[test]
fn what_was_kept_is_found_again_by_the_same_key_only() {
    let scratch = Scratch::new(3);
    let cache = scratch.open().unwrap();
    assert_eq!((found(&cache, 3), cache.damaged()), (3, 0));
    assert_eq!(cache.get(&digest(3)), None);
    let other = Digest::of(HashAlgorithm::Sha512, &0_usize.to_be_bytes());
    assert_eq!(cache.get(&other), None);
    drop(cache);
    let other = SignatureCache::open(&scratch.file(), b"another key").unwrap();
    assert_eq!(found(&other, 3), 0);
    other.put(&digest(0), vec![7]);
    assert_eq!(other.get(&digest(0)), Some(vec![7]));
    drop(other);
    assert_eq!(found(&scratch.open().unwrap(), 3), 3);
}

#[test]
fn any_byte_that_is_flipped_costs_one_signature_at_most() {
    let scratch = Scratch::new(3);
    let whole = fs::read(scratch.file()).unwrap();
    assert_eq!(whole.len(), HEAD + 3 * RECORD_LEN);
    for at in 0..whole.len() {
        let mut harmed = whole.clone();
        harmed[at] ^= 0x20;
        fs::write(scratch.file(), &harmed).unwrap();
        if at < HEAD {
            assert!(matches!(scratch.open(), Err(CacheError::NoCache(_))));
            assert_eq!(fs::read(scratch.file()).unwrap(), harmed);
            continue;
        }
        let cache = scratch.open().unwrap();
        assert_eq!((found(&cache, 3), cache.damaged()), (2, 1), "byte {at}");
        (0..3).for_each(|number| put(&cache, number));
        drop(cache);
        let cache = scratch.open().unwrap();
        assert_eq!((found(&cache, 3), cache.damaged()), (3, 0), "byte {at}");
    }
}

#[test]
fn a_file_that_ends_anywhere_has_what_is_whole() {
    let scratch = Scratch::new(3);
    let whole = fs::read(scratch.file()).unwrap();
    for length in 0..whole.len() {
        fs::write(scratch.file(), &whole[..length]).unwrap();
        if (1..HEAD).contains(&length) {
            assert!(matches!(scratch.open(), Err(CacheError::NoCache(_))));
            continue;
        }
        let cache = scratch.open().unwrap();
        let records = length.saturating_sub(HEAD);
        assert_eq!(found(&cache, 3), records / RECORD_LEN);
        assert_eq!(cache.damaged(), usize::from(records % RECORD_LEN > 0));
        put(&cache, 3);
        drop(cache);
        let cache = scratch.open().unwrap();
        assert_eq!(found(&cache, 4), records / RECORD_LEN + 1);
        assert_eq!(cache.damaged(), 0);
    }
}

/// What a power cut leaves of a file whose data was not yet on disk.
#[test]
fn zeros_are_empty_records() {
    let scratch = Scratch::new(2);
    let mut file = fs::read(scratch.file()).unwrap();
    file.resize(HEAD + 4 * RECORD_LEN, 0);
    fs::write(scratch.file(), file).unwrap();
    let cache = scratch.open().unwrap();
    assert_eq!((found(&cache, 4), cache.damaged()), (2, 0));
    (2..4).for_each(|number| put(&cache, number));
    assert_eq!(found(&cache, 4), 4);
    let length = fs::metadata(scratch.file()).unwrap().len();
    assert_eq!(length, (HEAD + 4 * RECORD_LEN) as u64);
}

#[test]
fn in_a_full_cache_the_oldest_gives_way() {
    let scratch = Scratch::new(0);
    let open = || SignatureCache::open_within(&scratch.file(), KEY, 4).unwrap();
    let ensure_newest = |cache: &SignatureCache, newest: usize| {
        let oldest = (newest + 1).saturating_sub(4);
        assert_eq!(found(cache, 20), newest + 1 - oldest);
        assert!((oldest..=newest).all(|of| cache.get(&digest(of)).is_some()));
    };
    for number in 0..10 {
        let cache = open();
        put(&cache, number);
        ensure_newest(&cache, number);
        drop(cache);
        ensure_newest(&open(), number);
    }
    let cache = open();
    (10..20).for_each(|number| put(&cache, number));
    ensure_newest(&cache, 19);
    drop(cache);
    let length = fs::metadata(scratch.file()).unwrap().len();
    assert_eq!(length, (HEAD + 4 * RECORD_LEN) as u64);
    // One with more than the limit is not ours.
    let other = SignatureCache::open_within(&scratch.file(), KEY, 3);
    assert!(matches!(other, Err(CacheError::NoCache(_))));
}

#[test]
fn a_file_that_cannot_be_trusted_is_not_used() {
    let scratch = Scratch::new(1);
    let mode = |mode| fs::set_permissions(scratch.file(), Permissions::from_mode(mode)).unwrap();
    let is_private = fs::metadata(scratch.file()).unwrap().permissions().mode();
    assert_eq!(is_private & 0o777, 0o600);
    for open in [0o620, 0o602, 0o666] {
        mode(open);
        assert!(scratch.error().starts_with("others may write to the cache"));
    }
    mode(0o644);
    assert!(scratch.open().is_ok());
    let is_root = nix::unistd::geteuid().is_root();
    if is_root {
        chown(scratch.file(), Some(1234), None).unwrap();
        assert!(scratch.error().ends_with("belongs to the user 1234"));
        chown(scratch.file(), Some(0), None).unwrap();
    }
    let _held = scratch.open().unwrap();
    assert!(scratch.error().ends_with("is in use by another process"));
}

#[test]
fn only_a_regular_file_is_a_cache() {
    let scratch = Scratch::new(1);
    let at = |name: &str| scratch.folder.path().join(name);
    let open = |path: &Path| SignatureCache::open(path, KEY).err();
    nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    symlink("cache", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    assert!(open(&at("link")).is_none());
    for bad in [at("pipe"), at("dangling"), at("no/folder"), at(".")] {
        assert!(matches!(open(&bad), Some(CacheError::System(_))));
    }
    assert!(!at("nowhere").exists());
}

/// A key that counts how often it signs.
struct Counting {
    signer: Box<dyn Signer>,
    signed: Arc<AtomicUsize>,
}

impl Signer for Counting {
    fn key_id(&self) -> KeyId {
        self.signer.key_id()
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        self.signed.fetch_add(1, Ordering::Relaxed);
        self.signer.sign(digest)
    }

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.signer.public_key()
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.signer.verifies(signature, digest)
    }
}

/// A new key behind the cache, and how often it signs.
fn key(folder: &Path, kind: KeyType) -> impl Fn() -> (CachedSigner, Arc<AtomicUsize>) {
    let made = generate(&KeyRequest {
        kind,
        name: "test".to_owned(),
        days: 1,
    });
    let made = made.unwrap();
    let pem = folder.join(format!("{kind:?}"));
    fs::write(&pem, [made.key_pem, made.certificate_pem].concat()).unwrap();
    let file = folder.join("cache");
    move || {
        let secrets = Secrets {
            passphrase: Secret::Ask,
            pin: Secret::Ask,
        };
        let signed = Arc::new(AtomicUsize::new(0));
        let key = Counting {
            signer: load_signer(&pem, Some(&pem), &secrets).unwrap(),
            signed: signed.clone(),
        };
        let cache = SignatureCache::open(&file, &key.public_key().unwrap()).unwrap();
        (CachedSigner::new(Box::new(key), cache), signed)
    }
}

#[test]
fn a_key_signs_a_digest_once() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [KeyType::Rsa2048, KeyType::P256] {
        let open = key(folder.path(), kind);
        let sign = || {
            let (signer, signed) = open();
            let made = [0, 1, 0].map(|of| signer.sign(&digest(of)).unwrap());
            (made, signed.load(Ordering::Relaxed), signer.found())
        };
        let (first, signed, found) = sign();
        assert_eq!((signed, found), (2, 1));
        let (again, signed, found) = sign();
        assert_eq!((signed, found), (0, 3));
        assert_eq!(again, first);
    }
}

#[test]
fn what_the_key_has_not_made_does_not_come_out_of_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let open = key(folder.path(), KeyType::P256);
    let (signer, _) = open();
    let right = signer.sign(&digest(0)).unwrap();
    let public_key = signer.public_key().unwrap();
    drop(signer);
    // A record as it must be, with a check that is right, of a signature over something else, and of one that is none.
    let cache = SignatureCache::open(&folder.path().join("cache"), &public_key).unwrap();
    cache.put(&digest(1), right.payload().to_vec());
    cache.put(&digest(2), vec![1; 70]);
    drop(cache);
    for expected in [2, 0] {
        let (signer, signed) = open();
        for of in 0..3 {
            let signature = signer.sign(&digest(of)).unwrap();
            assert!(signer.verifies(&signature, &digest(of)));
        }
        assert_eq!(signed.load(Ordering::Relaxed), expected);
    }
}
