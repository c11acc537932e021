//! The commands, with what help and man pages say of each.

use clap::{Parser, Subcommand};

use super::fetch::FetchArgs;
use super::keygen::KeygenArgs;
use super::local::ForgetArgs;
use super::setup::SetupArgs;
use super::sign::{ResignArgs, SignArgs};
use super::strip::StripArgs;
use super::system::{
    GenerateArgs, KeysArgs, PolicyArgs, RelabelArgs, ShowArgs, StatusArgs, VerifyArgs,
};
use super::two_steps::{AttachArgs, DigestsArgs, SignDigestsArgs};
use super::why::WhyArgs;
use crate::cli::examples;

/// IMA signatures on Debian packages.
///
/// Signs the programs in Debian packages, writes the signatures to the files of a machine, verifies them, sets a machine up
/// to enforce them, and says what the kernel refused and why.
/// A TARGET is a .deb, a list (*.imasigs.zst), the name of an installed package, or a path with a slash.
#[derive(Debug, Parser)]
#[command(name = "dpkg-ima", version, disable_help_subcommand = true, after_help = EXIT_STATUS)]
#[command(after_long_help = format!("{}\n\n{EXIT_STATUS}", examples::DPKG_IMA))]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// The exit codes, as every command has them: see [`Exit`](crate::cli::exit::Exit).
pub const EXIT_STATUS: &str = "Exit status: 0 done, or the answer is yes; 1 a check answered no; \
                           2 it could not be done.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add signatures to packages, or replace those they have
    ///
    /// Each package gets a signature list, the control member imasigs; data.tar stays byte for byte
    /// as it is. A folder stands for every *.deb, *.udeb and *.ddeb beneath it; the number of its other
    /// files is printed at the end. A signature that this key made before is kept, so signing again gives
    /// the same bytes; those of other keys are dropped.
    ///
    /// A folder that is signed into the folder of --output keeps its layout there. The output remembers, in its folder
    /// .dpkg-ima, from which packages it was made, so that those which have not changed since are not read again: it may be
    /// stopped at any time and run again. Several may run at a time, with different packages. Where only packages are named,
    /// and no folder, they are just signed.
    ///
    /// With --detached the packages stay as they are, and the lists go in the same way into a tree that any web server can
    /// offer: p/PACKAGE/PACKAGE_VERSION_ARCH.imasigs.zst, where p is the first letter (four letters for lib...).
    ///
    /// With --archive the packages are not here: apt fetches and verifies the indexes of the sources, in a folder of its own
    /// and by their keys alone, then a few packages at a time, each of which is deleted once it is signed. Proxies are taken
    /// from the environment, passwords from apt_auth.conf(5). If an index cannot be had, nothing is signed; a package that
    /// cannot be had is named, and the rest goes on. With --prune the lists of packages go that no index has any more.
    ///
    /// On a terminal a bar says how far it is. At the end it says how many packages, files and signatures that were, how many
    /// bytes were read, and how many of them the lists take: in percent of the packages that had none before. With --json that
    /// is one object on standard output, and nothing else is.
    ///
    /// With --status nothing is signed: it counts the packages whose list in a tree, or whose signed form in another folder, is up
    /// to date, missing or stale, as the next run with the same packages, --files and --hash would find it. Stale is what was made
    /// of another content or with other options, is damaged, or, with --cert, was signed by another key. Nothing is written to the
    /// folder, which others may be writing to; of an archive only the indexes are fetched. Exit status 0 if all is up to date,
    /// 1 if something is missing or stale, 2 if that cannot be said.
    ///
    /// Signatures of the whole package, as debsigs and dpkg-sig add them (members such as _gpgorigin), are over
    /// control.tar too. So sign with dpkg-ima first and with those last. A new list makes their signatures void,
    /// and each is named; a list that stays as it is leaves them good.
    ///
    /// With --local it signs programs that no package brought: own builds, kernel modules built here, scripts of cron. Each
    /// gets its label where it is, and an entry in /var/lib/dpkg-ima/local.imasigs, so that relabel, verify and why know it.
    /// One that has changed since is altered until it is signed again. The machine must hold the key's certificate, and only
    /// root can do this; what it is told to sign is signed as it is at that moment, so look who may write the file. With --all
    /// these are the programs that verify finds unsigned, and that no list names; they are shown, with who else may
    /// write them, and signed if you agree and they are as they were shown. With --yes nobody is asked, and what others than root
    /// own or can write is left out.
    #[command(after_long_help = examples::SIGN)]
    Sign(SignArgs),
    /// Take local programs out of the list, and their labels off
    ///
    /// The opposite of sign --local. A label that a file has from elsewhere stays, and files that are gone can be forgotten
    /// too. Exit status 2 if a file is not in the list; the others are forgotten.
    #[command(after_long_help = examples::FORGET)]
    Forget(ForgetArgs),
    /// Exchange the key: sign anew, with a new key, what an old one has signed
    ///
    /// Each signature of a list is verified by the certificate of the old key, and the digest that it is over is signed by
    /// the new one; all else stays. A tree of lists needs no package for that; of a package, data.tar is copied byte for
    /// byte. A list with a signature that is by neither key is named, and stays as it is. May be stopped and run again.
    ///
    /// With --keep each file has a signature by either key, and a machine uses the one that it can verify, so that lists need
    /// not wait for certificates. What stays is verified: a list with a signature by a further key is named, and stays as it
    /// is, unless that key's certificate is given too (--from-cert). Meanwhile new packages are signed with the old key, and
    /// resign --keep is run again; what sign finds up to date keeps the signatures of both. At last resign without --keep
    /// leaves those of the new key only.
    ///
    /// Or the old tree and the new one (-o) are offered side by side.
    #[command(after_long_help = examples::RESIGN)]
    Resign(ResignArgs),
    /// Write down what is to be signed, for a key that is elsewhere
    ///
    /// The first of two steps, where the machine with the packages must not hold the key. Writes one line for each content,
    /// sorted: its digest in hexadecimal, the hash algorithm, and a file that has it. sign-digests signs those lines beside
    /// the key, and attach puts the signatures into the packages: the result is what sign would make, byte for byte with a
    /// key of RSA. --files and --hash must be the same in both steps.
    ///
    /// Only the digest counts, the rest of a line is for people. So any tool can sign that adds the value of security.ima to
    /// each line, in base64 or in hexadecimal, as evmctl sign_hash does (with --keyid-from-cert). Exit status 2 if a package
    /// could not be read; the digests of the others are written.
    #[command(after_long_help = examples::DIGESTS)]
    Digests(DigestsArgs),
    /// Sign what digests has written
    ///
    /// Writes the same lines, each with the value of security.ima in base64 behind it. Each signature is verified before it
    /// is written. The file is written whole, or not at all.
    #[command(after_long_help = examples::SIGN_DIGESTS)]
    SignDigests(SignDigestsArgs),
    /// Put signatures that were made elsewhere into packages, or into a tree of lists
    ///
    /// Works as sign does, with the signatures of a file in place of a key. Each is verified by the certificate before it is
    /// written; those of other keys are passed over. A package that has a digest without a signature is named with the
    /// digest, and stays as it is.
    #[command(after_long_help = examples::ATTACH)]
    Attach(AttachArgs),
    /// Take the signatures out of packages
    ///
    /// The signature list goes, and what is left equals the package before it was signed: each member of control.tar, and
    /// data.tar byte for byte. Only control.tar is compressed anew. A list that is damaged can be taken out too.
    ///
    /// Signatures of the whole package by debsigs or dpkg-sig, which were made after the list was put in, become void without
    /// it, and each is named.
    #[command(after_long_help = examples::STRIP)]
    Strip(StripArgs),
    /// Make a test key and a certificate that the kernel takes
    ///
    /// The key is not encrypted, and the certificate is signed by itself. Neither file is ever
    /// overwritten.
    #[command(after_long_help = examples::KEYGEN)]
    Keygen(KeygenArgs),
    /// Show the signatures of a package or file
    ///
    /// One line each: the key's id, the hash algorithm, the digest that was signed, and the file. Nothing
    /// is verified.
    #[command(after_long_help = examples::SHOW)]
    Show(ShowArgs),
    /// Verify the signatures of packages and files, or of the whole system
    ///
    /// Gives a verdict for each file: good, foreign (another signature than the package's list has,
    /// valid by a known key), changed conffile, excluded; or unsigned, altered, untrusted key, forged
    /// (the label does not verify under the key that it names, which is known: forged or damaged), forged
    /// list (the list's signature does not verify under the key that it names, whatever label the file
    /// has), malformed, missing, each of which makes the exit status 1.
    ///
    /// Of a list without its package it says whether each signature verifies.
    ///
    /// Without a TARGET it verifies the whole system: every file that the list of an installed package names, and every
    /// executable file (with an execute bit, machine code, or a kernel module) that no list names. On a terminal, or with
    /// --bars, it begins with a bar for each group of files: good (#), unsigned or by an untrusted key (-), and bad (!). It
    /// prints the numbers, then the files that need attention, by verdict and package, with what to do; --json prints every
    /// file, with its package (null if no package has it, "(local)" for what sign --local has signed) and whether a list names
    /// it. If something cannot be read, the exit status is 2, and the rest is verified. At the end it says what still depends
    /// on a key that is not held, or on another than the one whose certificate became valid last.
    ///
    /// With --by-key it prints one line or object for each key instead: the certificate, if it is at hand,
    /// and how many files of how many packages depend on the key. Claimed are those whose labels name the
    /// key and do not verify.
    #[command(after_long_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Write the labels that files of installed packages lack, after a restore or for the first time
    ///
    /// Each file that a package's signature list names, and whose content is what the list says, gets its signature into
    /// security.ima; one that has it is left alone. May be stopped and run again at any time. With --from, packages that were
    /// installed before they were signed get the list of a .deb of the same name, version and architecture, if files of theirs
    /// have the contents that it says; dpkg keeps the list from then on. For packages that still have none, the sources in
    /// /etc/dpkg-ima.toml (with --root, in that of the system there, whose folders are looked for beneath it) are asked for
    /// lists; --no-fetch leaves them alone, and --dry-run says what would be fetched. Where several signatures compete for a
    /// content they are verified; one that does not verify under the key that it names, which this machine holds, is named, and
    /// neither used nor kept. Exit status 1 for that, or if a file is not what its package installed, 2 if one could not be
    /// labelled, or a source not be asked.
    #[command(after_long_help = examples::RELABEL)]
    Relabel(RelabelArgs),
    /// Fetch signature lists that travel apart from their packages
    ///
    /// The sources in /etc/dpkg-ima.toml are asked in their order. When apt installs a package that brings no list, its
    /// hook does the same, so this is for what is installed already, for packages that dpkg will install without apt, and
    /// with --output for machines without a network. A list is kept until its package is removed or has another version;
    /// lists that are kept are fetched again, since a source may have newer ones. Nothing is labelled: relabel does that.
    ///
    /// After a change of key it fetches what was signed anew, and relabel then moves the labels to the new key. A list that
    /// a package brought is replaced too, if the source has the same contents signed by keys that this machine holds.
    /// Exit status 1 if a package has no list at any source, or another that is not used; 2 if a source could not be asked.
    #[command(after_long_help = examples::FETCH)]
    Fetch(FetchArgs),
    /// Load the keys that signatures are checked with, or list them
    ///
    /// The certificates are those in /etc/keys/ima, *.pem and *.der. Where the kernel's keyring is
    /// `_ima` (Debian), root fills it; where it is `.ima` (Ubuntu), the kernel takes only certificates
    /// that were signed by a key which it trusts already, and root cannot add any other.
    #[command(after_long_help = examples::KEYS)]
    Keys(KeysArgs),
    /// Check an IMA policy before the kernel has it
    Policy(PolicyArgs),
    /// Say whether this machine is ready to enforce, and if not, what to do
    ///
    /// In the order in which things must work, each line says good, not or unknown, with the reason
    /// and the next step; the last line says ready, or what is next. On a terminal they have colours, unless NO_COLOR is set.
    /// Exit status 1 if enforcing now would refuse something that boots the machine:
    /// init, the shell, the loader or the C library. Every program with a signature is read, to verify it.
    /// To see whether appraisal is enforced, an unsigned program is tried, which leaves a record in the
    /// kernel's log.
    #[command(after_long_help = examples::STATUS)]
    Status(StatusArgs),
    /// Say what the kernel refused, why, and what helps
    ///
    /// Reads the records of IMA in the kernel's audit, from the journal, auditd's log and the kernel's ring buffer, whichever
    /// are there: since the machine was booted, unless --since says otherwise. Each file that was refused for one cause is
    /// named once, with the number of times, the process that wanted it, the reason in words, whose file it is, the rule of
    /// the policy by its line, and one command that helps. Words in capitals in a command are to be replaced. Where the kernel
    /// only logs (ima_appraise=log) the same is said of what would have been refused. A record names a file by its path, which
    /// leads elsewhere in a container: where another file is by now, it says so, and gives no command.
    ///
    /// The policy is the kernel's, where the kernel shows it; else /etc/dpkg-ima/policy or /etc/ima/ima-policy, from which it
    /// was loaded. A record does not name the rule: where several come into question, all of them are named.
    ///
    /// With a PATH it tells of that file alone; if there is no record of it, its label is verified here, and it says what the
    /// kernel would do by that policy. Of a file on a filesystem without any attributes, such as vfat, the kernel writes no
    /// record when it refuses it: ask for it by its PATH.
    ///
    /// With --follow it tells of new records until Ctrl-C, or until nobody reads its output any more. What comes within a
    /// second is gathered; a file that goes on being refused for the same cause is counted, in one line every ten seconds.
    ///
    /// Exit status 1 if something was refused, or would be. 2 if a source of records could not be read, if there is none,
    /// or if the kernel says that it has dropped records: then refusals may be missing.
    #[command(after_long_help = examples::WHY)]
    Why(WhyArgs),
    /// Set this machine up to enforce, in two boots; or take that back
    ///
    /// Each step says what is, what is to be, and how it is undone, before anything is changed: whether the kernel can
    /// appraise; the certificates in /etc/keys/ima; the labels of installed files (as relabel writes them); ima_appraise=log
    /// on the kernel's command line, by GRUB or systemd-boot; the policy /etc/dpkg-ima/policy; and the initramfs. It stops
    /// before the first step that would leave a machine which does not boot. Then restart: the kernel logs what it would
    /// refuse.
    ///
    /// With --enforce, when the machine has run like that for a while, it looks whether a program, library or kernel module that
    /// runs now would be refused, and stops if so; else the kernel is told ima_appraise=enforce, from the next boot on. A second run
    /// changes nothing. Where neither GRUB nor systemd-boot is found, it says what the kernel must be given.
    ///
    /// With --undo every changed file is put back byte for byte, and those that were not there are removed; the originals are
    /// in /var/lib/dpkg-ima/setup until then. Removing the package dpkg-ima undoes it too. A file that somebody else has changed
    /// since is named and left alone. While a policy is there that setup did not write, or that was changed since, certificates
    /// and command line stay: remove it first. Labels stay. Exit status 1 if a step stops or is left to you, 2 if one failed;
    /// without a terminal, --yes is needed.
    #[command(after_long_help = examples::SETUP)]
    Setup(SetupArgs),
    /// Write the man pages or the completion
    #[command(hide = true)]
    Generate(GenerateArgs),
}
