use std::process::Command;

use super::*;
use crate::format::ima::KeyId;
use crate::machine::walk::ProgramFile;
use crate::tasks::why::standing_now::sample_program;

const KEY: KeyId = KeyId(7);

fn package() -> PackageName {
    PackageName::new("hello").unwrap()
}

fn named(content: ListedContent, signature: SignatureNow) -> ListNow {
    ListNow::Named {
        package: package(),
        content,
        signature,
    }
}

fn unknown(has_certificate: bool) -> SignatureNow {
    SignatureNow::UnknownKey {
        key_id: KEY,
        has_certificate,
    }
}

fn help(label: LabelNow, list: ListNow, original: Option<&str>, has_sources: bool) -> String {
    let now = FileNow::There {
        program: sample_program("/usr/bin/hello"),
        label,
        list,
        original: original.map(Into::into),
        is_only_roots: true,
    };
    let cause = Cause::SignatureRequired;
    let record = Some((Operation::Appraise, &cause));
    let helps = remedy(record, &now, has_sources);
    helps.map_or_else(String::new, |helps| helps.to_string())
}

#[test]
fn the_command_follows_from_what_is_there() {
    use ListedContent::{Altered, ChangedConffile, Signed};
    use SignatureNow::{Genuine, Unfit};
    let none = LabelNow::None;
    let signature = LabelNow::Signature;
    let no_list = || ListNow::NoList(package());
    for (helps, expected) in [
        (
            help(none, named(Signed, Genuine(KEY)), None, false),
            "dpkg-ima relabel hello",
        ),
        (
            help(
                signature(Unfit(KEY)),
                named(Signed, Genuine(KEY)),
                None,
                false,
            ),
            "dpkg-ima relabel hello",
        ),
        (
            help(
                signature(unknown(false)),
                named(Signed, Genuine(KEY)),
                None,
                false,
            ),
            "dpkg-ima relabel hello",
        ),
        (
            help(none, named(Signed, unknown(true)), None, false),
            "dpkg-ima keys load",
        ),
        (
            help(none, named(Signed, unknown(false)), None, false),
            "cp CERTIFICATE /etc/keys/ima/ && dpkg-ima keys load",
        ),
        (
            help(signature(unknown(true)), ListNow::NoPackage, None, false),
            "dpkg-ima keys load",
        ),
        (
            help(
                signature(Unfit(KEY)),
                named(Altered, Genuine(KEY)),
                None,
                false,
            ),
            "apt-get install --reinstall hello",
        ),
        (
            help(none, named(ChangedConffile, Genuine(KEY)), None, false),
            "dpkg-ima sign --local --key KEY --cert CERTIFICATE /usr/bin/hello",
        ),
        (
            help(none, no_list(), None, false),
            "dpkg-ima relabel --from DEB hello",
        ),
        (help(none, no_list(), None, true), "dpkg-ima relabel hello"),
        (
            help(none, ListNow::NoPackage, Some("/usr/bin/env"), false),
            "cp --remove-destination --preserve=xattr /usr/bin/env /usr/bin/hello",
        ),
        (
            help(none, ListNow::NoPackage, None, false),
            "dpkg-ima sign --local --key KEY --cert CERTIFICATE /usr/bin/hello",
        ),
        (
            help(signature(Genuine(KEY)), ListNow::NoPackage, None, false),
            "",
        ),
    ] {
        assert_eq!(helps, expected);
    }
    let forged = help(none, named(Signed, Unfit(KEY)), None, false);
    assert!(forged.contains("forged"), "{forged}");
}

/// Signing would be in vain, or not last.
#[test]
fn where_no_label_stays_none_is_to_be_written() {
    let help = |fs_magic, label, list| {
        let now = FileNow::There {
            program: ProgramFile {
                fs_magic,
                ..sample_program("/mnt/x")
            },
            label,
            list,
            original: None,
            is_only_roots: true,
        };
        remedy(None, &now, false).unwrap().to_string()
    };
    const EXT4: u64 = 0xef53;
    let sign = "dpkg-ima sign --local --key KEY --cert CERTIFICATE /mnt/x";
    assert_eq!(help(EXT4, LabelNow::None, ListNow::NoPackage), sign);
    for (fs_magic, label) in [
        (0x0102_1994, LabelNow::None),
        (0x8584_58f6, LabelNow::None),
        (0x7371_7368, LabelNow::Hash),
        (0x4d44, LabelNow::Unsupported),
        (EXT4, LabelNow::Unsupported),
    ] {
        let helps = help(fs_magic, label, ListNow::NoPackage);
        assert_eq!(helps, ELSEWHERE, "{fs_magic:#x} {label:?}");
    }
    // A key that is missing is missing there too.
    let unknown = LabelNow::Signature(unknown(true));
    assert_eq!(
        help(0x7371_7368, unknown, ListNow::NoPackage),
        "dpkg-ima keys load"
    );
}

/// What is pasted into a shell is the path and nothing else, whatever the file is called.
#[test]
fn a_path_is_one_word_of_the_shell() {
    for path in [
        &b"/usr/bin/hello"[..],
        b"/a b",
        b"/$(touch x)`id`;'\"\\",
        b"/\x1b[31m\n\xff\xc3\xa9!*?~#&|<>",
        b"/-n",
    ] {
        use std::ffi::OsStr;
        let word = typed(Path::new(OsStr::from_bytes(path)));
        assert!(
            word.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{word}"
        );
        let mut shell = Command::new("bash");
        let said = shell
            .args(["-c", &format!("printf %s {word}")])
            .output()
            .unwrap();
        assert_eq!(said.stdout, path, "{word}");
    }
}

#[test]
fn what_no_label_helps_has_advice() {
    let now = |label| FileNow::There {
        program: sample_program("/x"),
        label,
        list: ListNow::NoPackage,
        original: None,
        is_only_roots: true,
    };
    let good = LabelNow::Signature(SignatureNow::Genuine(KEY));
    for cause in Cause::all() {
        let helps = remedy(
            Some((Operation::Appraise, cause)),
            &now(LabelNow::None),
            false,
        );
        assert!(helps.is_some(), "{cause}");
        // No command for a file that was not refused.
        for label in [LabelNow::None, good] {
            let another = FileNow::Another { label };
            let helps = remedy(Some((Operation::Appraise, cause)), &another, false);
            assert!(helps.is_some_and(|helps| !helps.is_command()), "{cause}");
        }
    }
    let denied = Some((Operation::SetLabel, &Cause::DeniedAlgorithm));
    assert_eq!(remedy(denied, &now(good), false), None);
    let denied = Some((Operation::Collect, &Cause::DeniedAlgorithm));
    assert!(remedy(denied, &now(good), false).is_some());
    let mapped = Some((Operation::Map, &Cause::MappedWriters));
    let users = Some(Remedy::Users("/x".into()));
    assert_eq!(remedy(mapped, &now(good), false), users);
}
