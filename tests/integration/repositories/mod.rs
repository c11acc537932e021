//! dpkg-ima-repository(7): each recipe is followed as it is written, with the real repository software, and ends with apt
//! installing from it, or with an image whose files have their labels.

mod publisher;

use std::fs;

use crate::support::{Machine, Run, label_of};
use publisher::Publisher;

/// What apt asks of a repository: its folder here, and what stands behind its address in sources.list(5).
const FLAT: (&str, &str) = ("flat", "./");
const REPREPRO: (&str, &str) = ("reprepro", "bookworm main");
const APTLY: (&str, &str) = (".aptly/public", "bookworm main");

/// Debian's own, as this machine has it, in addition.
const DEBIAN: &str = "apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u >>sources.list";

/// Installs `alpha` from the repository, verified by the archive's key. Afterwards it is labelled; then it is removed.
#[track_caller]
fn ensure_installs(machine: &Machine, publisher: &Publisher, (folder, suite): (&str, &str)) {
    let place = machine.chroot.at("/srv/repository");
    Run::new("rm").arg("-rf").arg(&place).ok();
    let copy = Run::new("cp").arg("-r").arg(publisher.at(folder));
    copy.arg(&place).ok();
    let key = machine.chroot.at("/etc/apt/keyrings/archive.gpg");
    fs::create_dir_all(key.parent().unwrap()).unwrap();
    fs::copy(publisher.at("archive.gpg"), key).unwrap();
    let line =
        format!("deb [signed-by=/etc/apt/keyrings/archive.gpg] file:/srv/repository {suite}\n");
    fs::write(machine.chroot.at("/etc/apt/sources.list"), line).unwrap();
    // To apt it is another repository each time.
    machine
        .chroot
        .run("rm")
        .args(["-rf", "/var/lib/apt/lists"])
        .ok();
    machine.chroot.apt(&["update"]).ok();
    let outcome = machine.chroot.apt(&["install", "alpha"]).ok();
    outcome.does_not_say("dpkg-ima:");
    assert!(machine.label("/usr/bin/alpha").is_some(), "{folder}");
    machine.verify(&["alpha"]).ok();
    machine.chroot.apt(&["purge", "alpha"]).ok();
}

#[test]
fn signed_packages_are_included_in_each_kind_of_repository() {
    let machine = Machine::with_hooks();
    for (section, lines, repository) in [
        ("APT-FTPARCHIVE", 0..4, FLAT),
        ("REPREPRO", 0..3, REPREPRO),
        ("APTLY", 0..5, APTLY),
    ] {
        let publisher = Publisher::with("alpha");
        publisher.follow(section, lines);
        ensure_installs(&machine, &publisher, repository);
    }
}

/// The checksums of an upload are those of the signed packages; without that step, reprepro refuses it.
#[test]
fn an_upload_is_signed_before_it_is_included() {
    let (machine, publisher) = (Machine::with_hooks(), Publisher::with("alpha"));
    publisher.run(include_str!("upload.sh"));
    publisher.follow("REPREPRO", 3..4);
    let include = "reprepro -b reprepro include bookworm upload/*.changes";
    publisher.run(&format!(
        "! {include} 2>refused; grep -q 'Unexpected content' refused"
    ));
    publisher.follow("REPREPRO", 4..6);
    ensure_installs(&machine, &publisher, REPREPRO);
}

#[test]
fn a_tree_stands_beside_each_kind_of_repository() {
    let (machine, publisher) = (Machine::with_hooks(), Publisher::with("alpha"));
    publisher.follow("A TREE BESIDE A REPOSITORY", 0..2);
    let copy = Run::new("cp").arg("-r").arg(publisher.at("lists"));
    copy.arg(machine.chroot.at("/srv/lists")).ok();
    let settings = "sources = [\"file:///srv/lists\"]\n";
    fs::write(machine.chroot.at("/etc/dpkg-ima.toml"), settings).unwrap();
    publisher.run("cp -r incoming flat");
    publisher.follow("APT-FTPARCHIVE", 2..4);
    ensure_installs(&machine, &publisher, FLAT);
    publisher.run("reprepro -b reprepro includedeb bookworm incoming/*.deb");
    ensure_installs(&machine, &publisher, REPREPRO);
    publisher.run("cp -r incoming signed");
    publisher.follow("APTLY", 2..5);
    ensure_installs(&machine, &publisher, APTLY);
}

/// Why packages are signed before they are included, and not later.
#[test]
fn repositories_refuse_another_package_of_the_same_version() {
    let publisher = Publisher::with("alpha");
    publisher.run("cp -r incoming signed");
    publisher.follow("APTLY", 2..5);
    publisher.run("reprepro -b reprepro includedeb bookworm incoming/*.deb");
    publisher.run("dpkg-ima sign --key key.pem --cert cert.pem --in-place signed");
    publisher.run("! reprepro -b reprepro includedeb bookworm signed/*.deb 2>refused; grep -q 'Already existing files' refused");
    publisher.run("! aptly repo add example signed >refused 2>&1; grep -q 'conflict' refused");
}

#[test]
fn images_keep_the_labels() {
    let publisher = Publisher::with("hello");
    publisher.follow("APT-FTPARCHIVE", 0..4);
    // `copy:`, since dpkg runs inside, where the folder is not.
    publisher.run(r#"echo "deb [signed-by=$PWD/archive.gpg] copy:$PWD/flat ./" >sources.list"#);
    publisher.run(DEBIAN);
    publisher.follow("IMAGES", 0..4);
    let label = label_of(&publisher.at("root/usr/bin/hello"));
    assert!(label.is_some());
    for unpack in [
        "tar --xattrs --xattrs-include=security.ima -C out -xf root.tar ./usr/bin/hello",
        "unsquashfs -quiet -no-progress -force -dest out root.squashfs usr/bin/hello",
        "mount -o loop,ro root.img mnt && trap 'umount mnt' EXIT && cp --preserve=xattr mnt/usr/bin/hello out/usr/bin",
    ] {
        publisher.run("rm -rf out && mkdir -p out/usr/bin mnt");
        publisher.run(unpack);
        assert_eq!(
            label_of(&publisher.at("out/usr/bin/hello")),
            label,
            "{unpack}"
        );
    }
    // The control: an archive without attributes.
    publisher.run("rm -rf out && mkdir out && tar -C root -c ./usr/bin/hello | tar -C out -x");
    assert_eq!(label_of(&publisher.at("out/usr/bin/hello")), None);
}
