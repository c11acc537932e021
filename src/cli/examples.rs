//! The examples that `--help` and the man pages show.
//!
//! Indented lines are shell commands as typed; the others say what they are for. All of them are run:
//! tests/integration/examples takes them out of the man pages, and makes the files that they name.

/// Examples under their heading, as `after_long_help` takes them.
macro_rules! examples {
    ($text:literal) => {
        concat!("Examples:\n", $text)
    };
}

/// The heading, by which [`man`](super::man) tells examples from other long help.
pub const HEADING: &str = examples!("");

/// Of the program as a whole: one of each, in the order in which people need them.
pub const DPKG_IMA: &str = examples!(
    "On the mirror, make a key to try it with, and sign the packages of a folder:
  dpkg-ima keygen --key test.key --cert test.pem
  dpkg-ima sign --key test.key --cert test.pem --in-place pool
On a machine, see how an installed package is signed, and whether its files are as they were signed:
  dpkg-ima show hello
  dpkg-ima verify hello
Before the machine enforces, ask whether it is ready:
  dpkg-ima status"
);

pub const SIGN: &str = examples!(
    "One package, into another folder:
  mkdir -p signed
  dpkg-ima sign --key mirror.key --cert mirror.pem -o signed hello_1.0_all.deb
All packages of a pool, into another folder; again whenever the pool changes:
  mkdir -p signed-pool
  dpkg-ima sign --key mirror.key --cert mirror.pem --prune -o signed-pool pool
All packages of a mirror, where they are; those that this key has signed are left as they are:
  dpkg-ima sign --key mirror.key --cert mirror.pem --in-place pool
With a key that is slow, as RSA-4096 and HSMs are: what it has signed is kept, so that the next version's files that are as
they were need not be signed again:
  dpkg-ima sign --key mirror.key --cert mirror.pem --cache signatures.cache --in-place pool
With a key that a passphrase protects:
  dpkg-ima sign --key secret.key --cert mirror.pem --passphrase-file passphrase --in-place pool
With a key in an HSM, by its PKCS#11 URI. It has token, manufacturer, model, serial, slot-id, object or id, separated by
';'; behind a '?' module-path or module-name, else p11-kit's module is opened, and pin-source, separated by '&'. The PIN comes
from there, from --pin-file, DPKG_IMA_PIN or the terminal, and is tried once:
  dpkg-ima sign --key 'pkcs11:token=mirror;object=ima' --cert mirror.pem --pin-file pin --in-place pool
The lists only, for a web server beside an archive whose packages stay as they are; again whenever that changes:
  mkdir -p lists
  dpkg-ima sign --key mirror.key --cert mirror.pem --detached --prune -o lists pool
Those of a whole archive, which is not kept here, as a file of apt's sources names it; or of what a machine has of it:
  dpkg-ima sign --key mirror.key --cert mirror.pem --detached --prune -o lists --archive debian.sources
  dpkg-ima sign --key mirror.key --cert mirror.pem --detached -o lists --archive debian.sources --installed-on /var/lib/dpkg/status
The first of two parts of it, while another machine does the second:
  dpkg-ima sign --key mirror.key --cert mirror.pem --detached -o lists --archive debian.sources --shard 1/2
What is still missing or stale, for people and for a script:
  dpkg-ima sign --status lists --archive debian.sources
  dpkg-ima sign --status lists --json --archive debian.sources
Every file, for a policy that appraises data too:
  dpkg-ima sign --key mirror.key --cert mirror.pem --files all --in-place hello_1.0_all.deb
On a machine, a program that was built there, with a key whose certificate the machine has:
  cp mirror.pem /etc/keys/ima/
  install -D -m 755 tool /usr/local/bin/tool
  dpkg-ima sign --local --key secret.key --cert mirror.pem --passphrase-file passphrase /usr/local/bin/tool"
);

pub const FORGET: &str = examples!(
    "A program that was built on this machine, and is not to run any more:
  cp mirror.pem /etc/keys/ima/
  install -D -m 755 tool /usr/local/bin/tool
  dpkg-ima sign --local --key secret.key --cert mirror.pem --passphrase-file passphrase /usr/local/bin/tool
  dpkg-ima forget /usr/local/bin/tool"
);

pub const RESIGN: &str = examples!(
    "Packages that the mirror's old key has signed, by a new one:
  dpkg-ima keygen --key new.key --cert new.pem
  dpkg-ima resign --from-cert mirror.pem --key new.key --cert new.pem signed
A tree of lists, into a second one, to be offered beside it until all machines have the new certificate:
  mkdir -p lists new-lists
  dpkg-ima sign --key mirror.key --cert mirror.pem --detached -o lists pool
  dpkg-ima resign --from-cert mirror.pem --key new.key --cert new.pem -o new-lists lists
The same tree for machines with either certificate; and at last, once all have the new one, without the old key:
  dpkg-ima resign --keep --from-cert mirror.pem --key new.key --cert new.pem lists
  dpkg-ima resign --from-cert mirror.pem --key new.key --cert new.pem lists"
);

pub const DIGESTS: &str = examples!(
    "Of all packages of a pool, to be carried to the machine with the key:
  dpkg-ima digests -o to-sign pool
How many of them are in one package:
  dpkg-ima digests hello_1.0_all.deb | wc -l"
);

pub const SIGN_DIGESTS: &str = examples!(
    "On the machine with the key; what it has signed is carried back:
  dpkg-ima digests -o to-sign pool
  dpkg-ima sign-digests --key mirror.key --cert mirror.pem -o signatures to-sign"
);

pub const ATTACH: &str = examples!(
    "Signatures that were made elsewhere, into the packages:
  dpkg-ima digests -o to-sign pool
  dpkg-ima sign-digests --key mirror.key --cert mirror.pem -o signatures to-sign
  dpkg-ima attach --cert mirror.pem signatures -o signed pool
Into a tree of lists, while the packages stay as they are:
  mkdir -p lists
  dpkg-ima attach --cert mirror.pem signatures --detached -o lists pool"
);

pub const STRIP: &str = examples!(
    "The package as it was, into another folder:
  mkdir -p plain
  dpkg-ima strip -o plain signed/hello_1.0_all.deb
All packages of a mirror that is not to be signed any more:
  dpkg-ima strip --in-place signed"
);

pub const KEYGEN: &str = examples!(
    "A key to try it with; evmctl(1) wants the certificate as DER:
  dpkg-ima keygen --key test.key --cert test.pem --der test.der
A larger one under a name that tells it from others:
  dpkg-ima keygen --type rsa4096 --name 'Example mirror 2026' --key large.key --cert large.pem
Have a machine accept what the first one signs:
  cp test.pem /etc/keys/ima/"
);

pub const SHOW: &str = examples!(
    "Of a package before it is installed, of an installed one, and of a file:
  dpkg-ima show signed/hello_1.0_all.deb
  dpkg-ima show hello
  dpkg-ima show /usr/bin/hello
The keys that a package is signed with:
  dpkg-ima show hello | cut -d ' ' -f 1 | sort -u"
);

pub const VERIFY: &str = examples!(
    "An installed package, and a file, with the certificates in /etc/keys/ima:
  dpkg-ima verify hello
  dpkg-ima verify /usr/bin/hello
Packages before they are published, with the mirror's own certificate:
  dpkg-ima verify --cert mirror.pem signed/*.deb
The whole system; and for a script, what of it is not as it was signed:
  dpkg-ima verify
  dpkg-ima verify --json | grep '\"altered\"'
The picture of it that a terminal shows, for a mail:
  dpkg-ima verify --bars | head -n 5
How much depends on each key:
  dpkg-ima verify --by-key hello"
);

pub const RELABEL: &str = examples!(
    "After a restore that lost the attributes, see what is to be done, and do it:
  dpkg-ima relabel --dry-run
  dpkg-ima relabel
One package:
  dpkg-ima relabel hello
A machine that was installed before its packages were signed, from a folder with the signed ones:
  dpkg-ima relabel --from signed
One whose packages are unsigned, with lists from a source:
  echo 'sources = [\"file:///srv/lists\"]' >/etc/dpkg-ima.toml
  cp mirror.pem /etc/keys/ima/
  dpkg-ima relabel"
);

pub const FETCH: &str = examples!(
    "A source, the certificate of its signer, and the newest lists of all packages, for labels by a newer key:
  echo 'sources = [\"file:///srv/lists\"]' >/etc/dpkg-ima.toml
  cp mirror.pem /etc/keys/ima/
  dpkg-ima fetch --all
  dpkg-ima relabel
The source has lists that are signed anew, by a key whose certificate is there; the labels follow:
  dpkg-ima fetch hello
  dpkg-ima relabel hello
The list of a package, into a folder that is a source for a machine without a network:
  mkdir -p carried
  dpkg-ima fetch --output carried hello_1.0_all.deb"
);

pub const KEYS: &str = examples!(
    "Put a certificate where the machine looks for it, load it, and see what the kernel holds:
  cp mirror.pem /etc/keys/ima/
  dpkg-ima keys load
  dpkg-ima keys list"
);

pub const KEYS_LOAD: &str = examples!(
    "After a certificate was added:
  cp mirror.pem /etc/keys/ima/
  dpkg-ima keys load"
);

pub const KEYS_LIST: &str = examples!(
    "What is there, and what the kernel has of it:
  dpkg-ima keys list"
);

pub const KEYS_REVOKE: &str = examples!(
    "What still depends on a key, and what would not run without it; then it is revoked:
  cp mirror.pem /etc/keys/ima/
  dpkg-ima keys revoke --dry-run /etc/keys/ima/mirror.pem
  dpkg-ima keys revoke --yes /etc/keys/ima/mirror.pem
That was a mistake:
  mv /etc/keys/ima-revoked/mirror.pem /etc/keys/ima/
  dpkg-ima keys load
  dpkg-ima relabel"
);

pub const POLICY_CHECK: &str = examples!(
    "What a sample policy would refuse here:
  dpkg-ima policy check /usr/share/dpkg-ima/policies/everyone
What the one that the next boot loads would refuse, for a script:
  cp /usr/share/dpkg-ima/policies/everyone /etc/dpkg-ima/policy
  dpkg-ima policy check --json /etc/dpkg-ima/policy"
);

pub const SETUP: &str = examples!(
    "See what would be done, with the certificate of whoever signed the packages:
  dpkg-ima setup --cert mirror.pem --dry-run
Do it, and restart; the packages of this machine were installed unsigned, and a folder has the signed ones:
  dpkg-ima setup --cert mirror.pem --from signed
When the machine has run for some days, and nothing that it needs would be refused, enforce:
  dpkg-ima setup --enforce
Take all of it back:
  dpkg-ima setup --undo"
);

pub const STATUS: &str = examples!(
    "What is missing, for people and for a script:
  dpkg-ima status
  dpkg-ima status --json"
);

pub const WHY: &str = examples!(
    "What the kernel has refused since the machine was booted, and since yesterday:
  dpkg-ima why
  dpkg-ima why --since yesterday
One file, whether there is a record of it or not:
  dpkg-ima why /usr/bin/hello
What it refuses from now on, while something is tried in another terminal:
  dpkg-ima why --follow
The files that would have been refused, for a script, while the kernel only logs:
  dpkg-ima why --json | grep would-be-refused"
);
