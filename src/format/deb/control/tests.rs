use super::super::MEMBERS_MAX;
use super::*;

fn archive(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in members {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1234);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

const FILE: tar::EntryType = tar::EntryType::Regular;
const FOLDER: tar::EntryType = tar::EntryType::Directory;

fn read(tar: Vec<u8>) -> Result<Control, DebError> {
    let tar = ControlTar::read(tar.as_slice())?;
    Ok(Control { tar })
}

fn written(control: &Control) -> Vec<u8> {
    let mut out = Vec::new();
    control
        .write_with(Some(&List::default()), Compression::None, &mut out)
        .unwrap();
    out
}

#[test]
fn the_list_is_added_or_replaced_and_the_rest_kept() {
    let tar = archive(&[
        ("./", FOLDER, b""),
        ("./control", FILE, b"Package: x\nVersion: 1\n"),
        ("./md5sums", FILE, &[b'm'; 600]),
    ]);
    let control = read(tar).unwrap();
    assert_eq!(control.field("package"), Some("x".into()));
    assert_eq!(control.list().unwrap(), None);

    let once = written(&control);
    let again = read(once.clone()).unwrap();
    assert_eq!(again.list().unwrap(), Some(List::default()));
    assert_eq!(again.member("md5sums"), Some(&[b'm'; 600][..]));
    assert_eq!(again.tar.mtime(), 1234);
    assert_eq!(written(&again), once);
}

/// Whatever the crate `tar` comes to write: the same input gives the same package.
#[test]
fn the_header_of_the_list_byte_by_byte() {
    let header = list_header(600, u64::MAX).unwrap();
    let fields = b"0000644\x000000000\x000000000\x0000000001130\x0077777777777\x000011341\x000";
    let mut expected = [0; BLOCK];
    for (at, field) in [
        (0, &b"./imasigs"[..]),
        (100, fields),
        (257, b"ustar  "),
        (265, b"root"),
        (297, b"root"),
    ] {
        expected[at..at + field.len()].copy_from_slice(field);
    }
    assert_eq!(header.as_bytes(), &expected);
}

#[test]
fn what_dpkg_refuses_is_refused() {
    let control = ("./control", FILE, &b"Package: x\n"[..]);
    for (good, entry) in [
        (true, ("./preinst", FILE, &b""[..])),
        (false, ("./a/b", FILE, b"")),
        (false, ("./folder", FOLDER, b"")),
        (false, ("./link", tar::EntryType::Symlink, b"")),
        (false, ("./pipe", tar::EntryType::Fifo, b"")),
        (true, ("./pax", tar::EntryType::XHeader, b"12 path=abc\n")),
        (false, ("./pax", tar::EntryType::XHeader, b"13 path=abc\n")),
        (false, ("control", FILE, b"")),
    ] {
        let found = read(archive(&[control, entry]));
        assert_eq!(found.is_ok(), good, "{entry:?}");
    }
    assert!(read(archive(&[("./md5sums", FILE, b"")])).is_err());
    let good = archive(&[("./control", FILE, &[b'c'; 700])]);
    assert!(read(good[..1000].to_vec()).is_err());
}

#[test]
fn nothing_is_held_that_a_limit_forbids() {
    let control = ("./control", FILE, &b"Package: x\n"[..]);
    let large = vec![0; usize::try_from(MEMBERS_MAX).unwrap()];
    let zeros = [control, ("./zeros", FILE, &large)];
    assert!(matches!(
        read(archive(&zeros)),
        Err(DebError::MembersTooLarge(MEMBERS_MAX))
    ));
    let no_list = [control, ("./imasigs", FILE, &large)];
    assert!(matches!(read(archive(&no_list)), Err(DebError::List(_))));
}
