//! Files that are not the packages they should be.

use std::fs;

use super::{Bench, good, member, member_starts, names};
use crate::support::{DebBuilder, Run, TestKey, scratch};

#[test]
fn the_control_is_signed() {
    let bench = Bench::new(&good());
    let key = TestKey::shared();
    key.sign().arg("-o").arg(&bench.out).arg(&bench.deb).ok();
    assert_eq!(names(&bench.out), ["bad.deb"]);
    key.verify()
        .arg(bench.out.join("bad.deb"))
        .ok()
        .says("good: ./usr/bin/x");
}

#[test]
fn a_package_that_is_cut_off() {
    let whole = good();
    let boundaries = member_starts(&whole);
    assert_eq!(boundaries.len(), 4);
    assert_eq!(boundaries[3], whole.len());
    let near = boundaries[..3]
        .iter()
        .flat_map(|at| [at - 1, *at, at + 1, at + 59, at + 60, at + 61]);
    let middle = (1..whole.len()).step_by(29);
    for length in near.chain(middle).chain([whole.len() - 1]) {
        let bench = Bench::new(&whole[..length]);
        bench.refuses("");
    }
}

#[test]
fn cut_off_inside_a_compressed_member_whose_header_agrees() {
    let whole = good();
    let starts = member_starts(&whole);
    for (member_at, what) in [(1, "control.tar"), (2, "data.tar")] {
        let (start, end) = (starts[member_at], starts[member_at + 1]);
        let content = &whole[start + 60..end - 20];
        let name = format!("{what}.xz");
        let mut parts: Vec<_> = starts
            .windows(2)
            .map(|at| whole[at[0]..at[1]].to_vec())
            .collect();
        parts[member_at] = member(&name, content);
        let deb = [b"!<arch>\n".to_vec(), parts.concat()].concat();
        Bench::new(&deb).refuses(&format!("cannot decompress {what}"));
    }
}

#[test]
fn archives_that_are_not_debs() {
    let whole = good();
    let starts = member_starts(&whole);
    let control = &whole[starts[1]..starts[2]];
    let data = &whole[starts[2]..];
    let head = &whole[..starts[1]];
    let renamed = |from: &str, to: &str| {
        let at = whole
            .windows(from.len())
            .position(|at| at == from.as_bytes())
            .unwrap();
        [&whole[..at], to.as_bytes(), &whole[at + from.len()..]].concat()
    };
    let size_at = starts[2] + 48;
    let sized = |digits: &str| {
        [
            &whole[..size_at],
            format!("{digits:<10}").as_bytes(),
            &whole[size_at + 10..],
        ]
        .concat()
    };
    for (message, deb) in [
        ("no ar archive", b"".to_vec()),
        ("no ar archive", b"plain text, no package".to_vec()),
        ("no ar archive", renamed("!<arch>\n", "!<arch>\r")),
        (
            "a control archive of a known compression",
            renamed("control.tar.xz  ", "control.tar.xzzz"),
        ),
        (
            "control.tar or data.tar must be",
            renamed("control.tar.xz  ", "/999            "),
        ),
        (
            "control.tar or data.tar must be",
            renamed("control.tar.xz  ", "#1/9999999999   "),
        ),
        ("longer than the file", sized("9999999999")),
        ("a size that is not a number", sized("+4")),
        (
            "no further control archive",
            [head, control, control, data].concat(),
        ),
        (
            "one data archive only",
            [head, control, data, data].concat(),
        ),
        (
            "control.tar, and one data archive only",
            [head, data, control].concat(),
        ),
        ("no control.tar member", head.to_vec()),
        ("no data.tar member", [head, control].concat()),
        ("format version '3.0' is not 2.x", renamed("2.0\n", "3.0\n")),
        (
            "control.tar or data.tar must be",
            [head, &member("extra", b"x"), control, data].concat(),
        ),
    ] {
        Bench::new(&deb).refuses(message);
    }
}

/// A package whose data.tar is what GNU tar makes of that script's leftovers.
fn with_data(script: &str, tar_options: &[&str]) -> Vec<u8> {
    let folder = scratch();
    Run::new("sh")
        .args(["-ec", script])
        .within(folder.path())
        .ok();
    let tar = Run::new("tar")
        .args(["--sort=name", "-c"])
        .args(tar_options);
    let tar = tar.arg("-C").arg(folder.path()).arg(".").ok();
    let whole = good();
    let starts = member_starts(&whole);
    [&whole[..starts[2]], &member("data.tar", tar.bytes())].concat()
}

#[test]
fn data_archives_that_dpkg_refuses_or_reads_in_another_way() {
    let long = format!("mkdir -p usr; echo x >usr/{}", "n".repeat(200));
    let dd = ["--transform=s,y$,x,"];
    for (message, deb) in [
        ("a PAX header", with_data(&long, &["--format=pax"])),
        (
            "may not ship files under /DEBIAN",
            with_data("mkdir DEBIAN; echo >DEBIAN/preinst", &[]),
        ),
        (
            "'usr/x' is there twice",
            with_data("mkdir usr; echo 1 >usr/x; echo 2 >usr/y", &dd),
        ),
        (
            "'..' component",
            with_data(
                "mkdir usr; echo >usr/x",
                &["--transform=s,usr/x,usr/../x,", "-P"],
            ),
        ),
        (
            "is no file before it",
            with_data(
                "mkdir usr; echo >usr/a; ln usr/a usr/b",
                &["--transform=s,usr/a$,usr/c,R"],
            ),
        ),
    ] {
        Bench::new(&deb).refuses(message);
    }
    // The same without what is wrong with it.
    let bench = Bench::new(&with_data(
        "mkdir usr; echo 1 >usr/x; ln usr/x usr/y",
        &["--format=gnu"],
    ));
    TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&bench.deb)
        .ok();
}

#[test]
fn a_list_that_is_not_well_formed() {
    let value = "AwIEAAAAAQABAQ=="; // a signature of one byte by key 1
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let entry = |path: &str, digest: &str, value: &str| {
        format!("./{path} type=file size=0 sha256={digest} security.ima={value}\n")
    };
    let good = entry("x", digest, value);
    for (message, list) in [
        (
            "line 3: the path is a duplicate",
            format!("#mtree v2.0\n{good}{good}"),
        ),
        (
            "line 2: security.ima is not base64",
            format!("#mtree v2.0\n{}", entry("x", digest, "A*")),
        ),
        (
            "line 2: not a sha256 digest",
            format!("#mtree v2.0\n{}", entry("x", &digest[2..], value)),
        ),
        (
            "line 2: security.ima: ",
            format!("#mtree v2.0\n{}", entry("x", digest, "AwIEAAAAAQACAQ==")),
        ),
        (
            "line 2: a path with",
            format!("#mtree v2.0\n{}", entry("../x", digest, value)),
        ),
        ("line 1: the first line is not", good.clone()),
        (
            "line 2: it does not end in a line feed",
            format!("#mtree v2.0\n{}", good.trim_end()),
        ),
    ] {
        let folder = scratch();
        let deb = DebBuilder::new("bad", "1")
            .control("imasigs", list)
            .build(folder.path());
        Bench::new(&fs::read(deb).unwrap()).refuses(message);
    }
    let folder = scratch();
    let list = format!("#mtree v2.0\n{good}");
    let deb = DebBuilder::new("bad", "1")
        .control("imasigs", list)
        .build(folder.path());
    let bench = Bench::new(&fs::read(deb).unwrap());
    TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&bench.deb)
        .ok();
}
