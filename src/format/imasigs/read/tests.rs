use super::*;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::format::imasigs::{FileEntries, KEYWORDS_MAX};

fn entry(path: &[u8]) -> Entry {
    entry_by(7, path)
}

fn entry_by(key: u32, path: &[u8]) -> Entry {
    let digest = Digest::of(HashAlgorithm::Sha256, path);
    Entry {
        path: PackagePath::new(path).unwrap(),
        size: path.len() as u64,
        digest,
        signature: Signature::new(HashAlgorithm::Sha256, KeyId(key), &[1, 2, 3]).unwrap(),
        unknown: None,
    }
}

fn text(list: &List) -> String {
    let mut text = Vec::new();
    list.write_to(&mut text).unwrap();
    assert_eq!(text.len() as u64, list.written_len());
    String::from_utf8(text).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let mut first = entry(b"usr/bin/x y\n#\xff");
    first.unknown = Some("future=1 nochange".into());
    let list = List::new(vec![entry(b"usr/bin/z"), first, entry(b"DEBIAN/preinst")]);
    assert_eq!(List::read_from(text(&list).as_bytes()).unwrap(), list);
    assert_eq!(list.entries()[0].path.as_bytes(), b"DEBIAN/preinst");
    let get = |path: &[u8]| list.get(&PackagePath::new(path).unwrap());
    assert!(get(b"usr/bin/z").is_some());
    assert!(get(b"usr/bin/y").is_none() && get(b"z").is_none());
    let comments = text(&list).replace("\n./usr/bin/z", "\n\n# why\n./usr/bin/z");
    assert_eq!(List::read_from(comments.as_bytes()).unwrap(), list);
}

#[test]
fn an_empty_list_has_its_first_line() {
    assert_eq!(text(&List::default()), "#mtree v2.0\n");
    assert_eq!(
        List::read_from("#mtree v2.0\n".as_bytes()).unwrap(),
        List::default()
    );
}

/// One good list, broken in one place at a time: the error names the line and the reason.
#[test]
fn what_is_wrong_is_named_with_its_line() {
    let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
    let sha = &Digest::of(HashAlgorithm::Sha256, b"a").to_string();
    for (from, to, at, why) in [
        ("v2.0", "v3.0", 1, "first line"),
        ("#mtree", "\x1bmtree", 1, "first line"),
        ("./b", "./a", 3, "duplicate for its key, or out of order"),
        ("./b", "./Z", 3, "duplicate for its key, or out of order"),
        ("./a", "a", 2, "begin with './'"),
        ("./a", "./a/../b", 2, "component"),
        ("./a", r"./a\9", 2, "escape"),
        ("./a", "./\u{e9}", 2, "printable"),
        ("size=1", "size=1 size=1", 2, "duplicate keyword 'size'"),
        ("size=1", "future future", 2, "duplicate keyword 'future'"),
        ("size=1", "size=+1", 2, "size"),
        ("size=1", "size=99999999999999999999", 2, "size"),
        ("size=1 ", "", 2, "no keyword 'size'"),
        ("type=file", "type=dir", 2, "type"),
        ("type=file ", "", 2, "no keyword 'type'"),
        (&sha[1..], "", 2, "not a sha256 digest"),
        ("sha256", "sha512", 2, "not a sha512 digest"),
        ("sha256", "md5", 2, "no keyword 'sha256'"),
        ("security.ima=Aw", "security.ima=A!", 2, "base64"),
        ("BwAD", "BwAE", 2, "size field"),
        ("security.ima=Aw", "security.ima=BA", 2, "not a signature"),
        ("security.ima=AwIE", "security.ima=AwIG", 2, "over sha512"),
        ("security.ima=", "evm=", 2, "no keyword 'security.ima'"),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from}");
        let error = List::read_from(broken.as_bytes()).unwrap_err();
        assert_eq!(error.line, at, "{from} to {to}: {error}");
        assert!(error.to_string().contains(why), "{from} to {to}: {error}");
    }
}

#[test]
fn a_cut_is_noticed_wherever_it_falls_within_a_line() {
    let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
    for length in 0..good.len() {
        let cut = List::read_from(&good.as_bytes()[..length]);
        assert_eq!(cut.is_ok(), good[..length].ends_with('\n'), "{length}");
    }
}

#[test]
fn lines_have_a_limit() {
    let long = format!("{FIRST_LINE}\n./{}", "a".repeat(LINE_MAX * 4));
    let error = List::read_from(long.as_bytes()).unwrap_err();
    assert!(matches!(error.problem, Problem::TooLong));
}

#[test]
fn an_entry_has_few_keys_and_the_known_ones_are_among_them() {
    let good = text(&List::new(vec![entry(b"a")]));
    let with = |unknown: usize| {
        let keys: String = (0..unknown).map(|key| format!(" k{key}=")).collect();
        List::read_from(good.replace(" type", &format!("{keys} type")).as_bytes())
    };
    let list = with(KEYWORDS_MAX - 4).unwrap();
    assert!(text(&list).contains(" k0= k1= "));
    let error = with(KEYWORDS_MAX - 3).unwrap_err();
    assert!(matches!(error.problem, Problem::TooManyKeywords), "{error}");
}

#[test]
fn lists_have_a_limit() {
    let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
    let read = |bytes_left, entries| {
        let mut parser = Parser::new(good.as_bytes()).unwrap();
        (parser.left, parser.entries) = (bytes_left, entries);
        parser.collect::<Result<Vec<_>, _>>()
    };
    let rest = (good.len() - FIRST_LINE.len() - 1) as u64;
    assert_eq!(read(rest, ENTRIES_MAX - 2).unwrap().len(), 2);
    let error = read(rest - 1, 0).unwrap_err();
    assert!(matches!(error.problem, Problem::ListTooLong), "{error}");
    let error = read(rest, ENTRIES_MAX - 1).unwrap_err();
    assert!(matches!(error.problem, Problem::TooMany), "{error}");
}

#[test]
fn a_file_has_a_line_for_each_key_in_the_order_of_their_ids() {
    let high = 0x8000_0000;
    let keys = [(high, "a"), (1, "b"), (1, "a"), (0, "a"), (1, "a")];
    let entries = keys.map(|(key, path)| entry_by(key, path.as_bytes()));
    let list = List::new(entries.to_vec());
    let read: Vec<_> = Parser::new(text(&list).as_bytes())
        .unwrap()
        .map(|entry| entry.unwrap().signature.key_id.0)
        .collect();
    assert_eq!(read, [0, 1, high, 1]);
    assert_eq!(List::read_from(text(&list).as_bytes()).unwrap(), list);
    let path = |path: &str| PackagePath::new(path.as_bytes()).unwrap();
    let of = |file: FileEntries<'_>| file.iter().cloned().collect::<Vec<_>>();
    assert_eq!(list.get(&path("a")).map(of).unwrap(), list.entries()[..3]);
    assert_eq!(list.get(&path("b")).map(of).unwrap(), list.entries()[3..]);
    assert_eq!(
        list.files().map(of).collect::<Vec<_>>().concat(),
        list.entries()
    );
    assert_eq!(list.files().count(), 2);
    assert!(list.is_wholly_by(KeyId(1)) && !list.is_wholly_by(KeyId(0)));
}

#[test]
fn lines_of_one_file_differ_in_nothing_but_the_signature() {
    let list = text(&List::new(vec![entry_by(1, b"a"), entry_by(2, b"a")]));
    let lines: Vec<_> = list.lines().collect();
    let sha = &Digest::of(HashAlgorithm::Sha256, b"a").to_string();
    let other = Digest::of(HashAlgorithm::Sha256, b"b").to_string();
    let larger = lines[2].replace("size=1", "size=2");
    let changed = lines[2].replace(sha, &other);
    for (second, third, why) in [
        (lines[2], lines[1], "duplicate for its key, or out of order"),
        (lines[2], lines[2], "duplicate for its key, or out of order"),
        (lines[1], &larger, "another size or digest"),
        (lines[1], &changed, "another size or digest"),
    ] {
        let text = format!("{FIRST_LINE}\n{second}\n{third}\n");
        let error = List::read_from(text.as_bytes()).unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_file_has_few_signatures() {
    let list = |keys: u32| List::new((0..keys).map(|key| entry_by(key, b"a")).collect());
    let most = u32::try_from(FILE_SIGNATURES_MAX).unwrap();
    let read = |list: &List| List::read_from(text(list).as_bytes());
    assert_eq!(read(&list(most)).unwrap(), list(most));
    assert!(list(most).check_limits().is_ok());
    let error = read(&list(most + 1)).unwrap_err();
    assert!(
        matches!(error.problem, Problem::TooManySignatures),
        "{error}"
    );
    let error = list(most + 1).check_limits().unwrap_err();
    assert!(matches!(error, Problem::TooManySignatures), "{error}");
}

#[test]
fn newer_entries_take_the_place_of_all_of_their_paths() {
    let by = |keys: &[u32], path: &[u8]| -> Vec<Entry> {
        keys.iter().map(|key| entry_by(*key, path)).collect()
    };
    let old = List::new([by(&[1, 3], b"a"), by(&[1, 3], b"b")].concat());
    let new = old.with([by(&[2], b"a"), by(&[5], b"c")].concat());
    let expected = [by(&[2], b"a"), by(&[1, 3], b"b"), by(&[5], b"c")].concat();
    assert_eq!(new.entries(), expected);
}
