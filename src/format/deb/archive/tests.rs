use super::*;
use std::io::Cursor;

fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let size = content.len();
    let mut bytes = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
        0, 0, 0, 100_644
    );
    bytes.push_str(std::str::from_utf8(content).unwrap());
    if size % 2 == 1 {
        bytes.push('\n');
    }
    bytes.into_bytes()
}

fn deb(members: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(member("debian-binary", b"2.0\n"));
    for (name, content) in members {
        bytes.extend(member(name, content.as_bytes()));
    }
    bytes
}

fn scan(bytes: &[u8]) -> Result<Layout, DebError> {
    Layout::scan(&mut Cursor::new(bytes))
}

const GOOD: [(&str, &str); 2] = [("control.tar.xz", "odd"), ("data.tar.zst", "even")];

#[test]
fn a_package_as_dpkg_deb_writes_it() {
    let layout = scan(&deb(&GOOD)).unwrap();
    assert_eq!(layout.control, Compression::Xz);
    assert_eq!(layout.data, Compression::Zstd);
    let names: Vec<_> = layout.members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["debian-binary", "control.tar.xz", "data.tar.zst"]);
    assert_eq!(layout.members[1].size, 3);
}

#[test]
fn orders_that_dpkg_or_others_read_differently() {
    for bad in [
        &[][..],
        &[GOOD[0]],
        &[GOOD[1], GOOD[0]],
        &[GOOD[0], GOOD[0], GOOD[1]],
        &[GOOD[0], GOOD[1], ("data.tar.gz", "x")],
        &[GOOD[0], GOOD[1], ("more", ""), ("data.tar.gz", "x")],
        &[GOOD[0], GOOD[1], GOOD[0]],
        &[GOOD[0], GOOD[1], ("#1/8", "data.tar")],
        &[GOOD[0], GOOD[1], ("//", "data.tar/"), ("/0", "")],
        &[("premature", ""), GOOD[0], GOOD[1]],
        &[("control.tar.bz2", ""), GOOD[1]],
        &[GOOD[0], ("data.tar.lz4", "")],
        &[GOOD[0], ("data.tarball", "")],
    ] {
        assert!(scan(&deb(bad)).is_err(), "{bad:?}");
    }
}

/// Up to data.tar; what comes behind it may be anything but a second archive.
#[test]
fn every_truncation_is_noticed() {
    let good = deb(&[GOOD[0], ("data.tar.zst", "odd")]);
    for length in 0..good.len() - 1 {
        assert!(scan(&good[..length]).is_err(), "{length}");
    }
    assert!(scan(&good[..good.len() - 1]).is_ok());
    for tail in [
        &b"\n"[..],
        b"garbage",
        &[0; 512],
        &member("x", b"abc")[..59],
    ] {
        assert!(scan(&[&good, tail].concat()).is_ok());
    }
}

#[test]
fn members_are_counted() {
    let many = [("_", "")].repeat(MEMBERS_MAX);
    let bytes = deb(&[&many[..], &GOOD].concat());
    assert!(matches!(scan(&bytes), Err(DebError::TooMany(MEMBERS_MAX))));
}
