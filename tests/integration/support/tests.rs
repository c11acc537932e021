//! The tools of the tests are tested too: what they say has to be worth something.

use std::os::unix::fs::MetadataExt;

use super::{DebBuilder, Listing, Run, scratch};

#[test]
#[should_panic(expected = "unexpected exit status")]
fn a_failing_command_fails_the_test() {
    Run::new("false").ok();
}

#[test]
#[should_panic(expected = "not silent")]
fn a_talking_command_is_not_silent() {
    Run::new("cat").input("x").ok().says_nothing();
}

#[test]
fn input_reaches_the_command_and_may_be_left_unread() {
    assert_eq!(Run::new("cat").input("text").ok().bytes(), b"text");
    Run::new("true").input(vec![0; 1 << 20]).ok();
}

#[test]
fn both_programs_start() {
    Run::dpkg_ima()
        .arg("--version")
        .ok()
        .says(env!("CARGO_PKG_VERSION"));
    Run::helper()
        .arg("--version")
        .ok()
        .says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_deb_holds_what_was_added() {
    let directory = scratch();
    let deb = DebBuilder::new("all-kinds", "2:1.0-1")
        .file("/usr/bin/program", "#!/bin/sh\n", 0o4755)
        .hard_link("/usr/bin/again", "/usr/bin/program")
        .symlink("/usr/bin/link", "program")
        .conffile("/etc/all-kinds", "x = 1\n")
        .control("postinst", "#!/bin/sh\n")
        .control("triggers", "activate-noawait /x\n")
        .field("Architecture: amd64")
        .dpkg_deb(&["-Zxz"])
        .build(directory.path());
    let fields = Run::new("dpkg-deb")
        .arg("-f")
        .arg(&deb)
        .args(["Architecture", "Version"])
        .ok();
    fields
        .says("Architecture: amd64\n")
        .says("Version: 2:1.0-1\n")
        .does_not_say("all\n");
    let tree = directory.path().join("tree");
    Run::new("dpkg-deb").arg("-R").arg(&deb).arg(&tree).ok();
    let metadata = |name: &str| tree.join(name).symlink_metadata().expect("it was added");
    assert_eq!(metadata("usr/bin/program").mode(), 0o104_755);
    assert_eq!(
        metadata("usr/bin/program").ino(),
        metadata("usr/bin/again").ino()
    );
    assert!(metadata("usr/bin/link").is_symlink());
    assert_eq!(metadata("DEBIAN/postinst").mode(), 0o100_755);
    assert_eq!(metadata("DEBIAN/triggers").mode(), 0o100_644);
    let conffiles = std::fs::read_to_string(tree.join("DEBIAN/conffiles")).expect("it has one");
    assert_eq!(conffiles, "/etc/all-kinds\n");
}

#[test]
#[should_panic(
    expected = "the tree differs:\n- \"file\" 100644 1\n+ \"file\" 100755 1\n+ \"new\" 100644 0\n"
)]
fn a_listing_shows_every_difference() {
    let directory = scratch();
    std::fs::write(directory.path().join("file"), "x").expect("the directory is ours");
    let before = Listing::of(directory.path());
    Run::new("chmod")
        .arg("755")
        .arg(directory.path().join("file"))
        .ok();
    std::fs::write(directory.path().join("new"), "").expect("the directory is ours");
    Listing::of(directory.path()).same_as(&before);
}
