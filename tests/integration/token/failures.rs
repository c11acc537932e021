//! Tokens and keys that cannot be used: one line says why, and nothing is written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::package;
use crate::bad_input::assert_one_line;
use crate::support::{MODULE, PIN, SoftHsm, TestKey, scratch};

/// A token with a key, and a package.
struct Desk {
    token: SoftHsm,
    key: TestKey,
    deb: PathBuf,
    before: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(label: &str) -> Self {
        let (token, key) = SoftHsm::with_key(label, "rsa2048");
        let folder = scratch();
        let deb = package("x", 2, folder.path());
        let before = fs::read(&deb).unwrap();
        Self {
            token,
            key,
            deb,
            before,
            folder,
        }
    }

    fn sign(&self, uri: &str, certificate: &Path) -> crate::support::Run {
        let run = self.token.dpkg_ima("sign", uri, certificate);
        let run = run.env("DPKG_IMA_PIN", PIN);
        run.arg("--in-place").arg(&self.deb)
    }

    #[track_caller]
    fn refuses(&self, uri: &str, message: &str) {
        self.refuses_with(uri, &self.key.certificate, message);
    }

    #[track_caller]
    fn refuses_with(&self, uri: &str, certificate: &Path, message: &str) {
        assert_one_line(&self.sign(uri, certificate).exits(2), message);
        assert_eq!(fs::read(&self.deb).unwrap(), self.before);
    }

    #[track_caller]
    fn takes(&self, uri: &str) {
        self.sign(uri, &self.key.certificate).ok();
        fs::write(&self.deb, &self.before).unwrap();
    }
}

#[test]
fn what_is_not_there_or_there_twice_is_named() {
    let desk = Desk::new("mirror");
    for (key, message) in [
        ("token=none", "there is no token as in 'pkcs11:token=none"),
        ("serial=none", "; there are 'mirror'"),
        ("slot-id=12345678", "there is no token"),
        ("manufacturer=none", "there is no token"),
        ("object=none", "the token 'mirror' has no private key as in"),
        ("id=%99", "the token 'mirror' has no private key as in"),
        ("colour=red", "the attribute 'colour' is not known"),
        ("type=cert", "'type' is not 'private'"),
    ] {
        desk.refuses(&format!("pkcs11:{key}?module-name=softhsm2"), message);
    }
    // Another key of that label; the id tells them apart, and so the certificate.
    let other = TestKey::new("p256", desk.folder.path());
    desk.token.import(&other, "rsa2048", "02");
    let uri = |key: &str| format!("pkcs11:{key}?module-name=softhsm2");
    desk.refuses(&uri("object=rsa2048"), "has several private keys as in");
    desk.takes(&uri("object=rsa2048;id=%01"));
    desk.refuses(&uri("id=%02"), "does not match the certificate");
    desk.sign(&uri("id=%02"), &other.certificate).ok();
}

#[test]
fn labels_have_any_characters() {
    let desk = Desk::new("My t\u{f6}ken; 100%?");
    desk.token.import(&desk.key, "a=b&c/d \u{2713}", "0203");
    let token = "token=My%20t%c3%b6ken%3B%20100%25%3F";
    let object = "object=a%3db%26c/d%20%e2%9c%93";
    desk.takes(&format!("pkcs11:{token};{object}?module-name=softhsm2"));
    desk.takes(&format!("pkcs11:{token};id=%02%03?module-name=softhsm2"));
    desk.refuses(
        &format!("pkcs11:{token};object=none?module-name=softhsm2"),
        r"the token 'My t\303\266ken; 100%?' has no private key",
    );
    desk.refuses("pkcs11:token=My token", "must be written as '%'");
}

#[test]
fn a_certificate_of_another_key_signs_nothing() {
    let desk = Desk::new("mirror");
    let uri = desk.token.uri("rsa2048");
    for kind in ["rsa2048", "rsa4096", "p256"] {
        let other = TestKey::new(kind, desk.folder.path());
        desk.refuses_with(&uri, &other.certificate, "does not match the certificate");
    }
    // Of several in a file the key's is taken.
    let other = TestKey::new("p384", desk.folder.path());
    let both = desk.folder.path().join("both.pem");
    let pem = |path: &Path| fs::read(path).unwrap();
    fs::write(
        &both,
        [pem(&other.certificate), pem(&desk.key.certificate)].concat(),
    )
    .unwrap();
    desk.sign(&uri, &both).ok();
    desk.key.verify().arg(&desk.deb).ok();
}

#[test]
fn a_module_that_others_could_exchange_is_not_opened() {
    let desk = Desk::new("mirror");
    let module = desk.folder.path().join("module.so");
    let uri = format!(
        "pkcs11:object=rsa2048?module-path={}",
        module.to_str().unwrap()
    );
    desk.refuses(&uri, "module.so': No such file");
    fs::write(&module, "no library").unwrap();
    desk.refuses(&uri, "cannot use the PKCS#11 module '");
    fs::copy("/usr/lib/x86_64-linux-gnu/libz.so.1", &module).unwrap();
    desk.refuses(&uri, "Missing PKCS#11 symbol");
    fs::remove_file(&module).unwrap();
    fs::copy(MODULE, &module).unwrap();
    desk.takes(&uri);
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&module, 0o666);
    desk.refuses(&uri, "is writable for everybody");
    mode(&module, 0o644);
    mode(desk.folder.path(), 0o777);
    desk.refuses(&uri, "is writable for everybody");
    mode(desk.folder.path(), 0o1777);
    desk.takes(&uri);
    chown(&module, Some(65534), None).unwrap();
    desk.refuses(&uri, "module.so' belongs to another user");
    fs::remove_file(&module).unwrap();
    nix::unistd::mkfifo(&module, nix::sys::stat::Mode::S_IRWXU).unwrap();
    desk.refuses(&uri, "no regular file");
}
