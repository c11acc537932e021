use super::*;
use crate::format::imasigs::sample;
use crate::machine::root::Root;
use std::fs;

const FILE: &str = "usr/bin/tool";
const CONFFILE: &str = "etc/tool.conf";
const EXCLUDED: &str = "usr/share/doc/tool/copyright";
const REPLACED: &str = "usr/bin/taken-over";
const SCRIPT: &str = "DEBIAN/postinst";

fn entry(path: &str) -> Entry {
    sample::entry(path, b"x", 1)
}

/// A system with the package `tool` as dpkg has it, or has begun to unpack it.
fn system() -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in [
        (
            "var/lib/dpkg/info/tool.list",
            format!("/{FILE}\n/{CONFFILE}\n/{EXCLUDED}\n"),
        ),
        ("var/lib/dpkg/info/tool.conffiles", format!("/{CONFFILE}\n")),
        ("var/lib/dpkg/tmp.ci/conffiles", format!("/{CONFFILE}\n")),
        (
            "var/lib/dpkg/diversions",
            format!("/{FILE}\n/{FILE}.diverted\nother\n"),
        ),
        (
            "etc/dpkg/dpkg.cfg",
            "path-exclude=/usr/share/doc/*\n".to_owned(),
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let root = Root::open(folder.path()).unwrap();
    (folder, root)
}

fn with_files(package: PackageName, test: impl FnOnce(&PackageFiles<'_>)) {
    let (_folder, root) = system();
    let placement = Placement::of(&root).unwrap();
    test(&PackageFiles::of(package, &placement).unwrap());
}

fn tool() -> PackageName {
    PackageName::new("tool").unwrap()
}

fn standing(files: &PackageFiles<'_>, entry: &Entry, on_disk: OnDisk) -> Standing {
    let place = files.places(entry).swap_remove(0);
    files.standing(entry, &place, on_disk).unwrap()
}

fn places(files: &PackageFiles<'_>, path: &str) -> Vec<String> {
    let places = files.places(&entry(path)).into_iter();
    places
        .map(|place| place.path.to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_file_is_at_its_place_a_conffile_also_beside_it() {
    with_files(tool(), |files| {
        assert_eq!(places(files, FILE), ["usr/bin/tool.diverted"]);
        let beside = ["", ".dpkg-new", ".dpkg-dist"].map(|suffix| format!("{CONFFILE}{suffix}"));
        assert_eq!(places(files, CONFFILE), beside);
        assert_eq!(places(files, SCRIPT), ["var/lib/dpkg/info/tool.postinst"]);
    });
}

#[test]
fn while_dpkg_unpacks_every_file_may_be_beside_its_place() {
    with_files(PackageName::unpacking(), |files| {
        for path in [REPLACED, CONFFILE] {
            let beside = ["", ".dpkg-new", ".dpkg-dist"].map(|suffix| format!("{path}{suffix}"));
            assert_eq!(places(files, path), beside);
        }
        assert_eq!(places(files, SCRIPT), ["var/lib/dpkg/tmp.ci/postinst"]);
    });
}

#[test]
fn each_state_of_an_installed_package() {
    use OnDisk::{Listed, Nothing, Other};
    with_files(tool(), |files| {
        for (path, on_disk, expected) in [
            (FILE, Listed, Standing::Listed),
            (FILE, Other, Standing::Altered),
            (FILE, Nothing, Standing::Missing),
            (CONFFILE, Listed, Standing::Listed),
            (CONFFILE, Other, Standing::ChangedConffile),
            (CONFFILE, Nothing, Standing::Missing),
            (EXCLUDED, Listed, Standing::Listed),
            (EXCLUDED, Other, Standing::Altered),
            (EXCLUDED, Nothing, Standing::Excluded),
            (REPLACED, Listed, Standing::OfAnother),
            (REPLACED, Other, Standing::OfAnother),
            (REPLACED, Nothing, Standing::OfAnother),
            (SCRIPT, Listed, Standing::Listed),
            (SCRIPT, Other, Standing::Altered),
            (SCRIPT, Nothing, Standing::Missing),
            // What dpkg has of another package, were there one of that name.
            ("DEBIAN/x.postinst", Listed, Standing::OfAnother),
            ("DEBIAN/x.postinst", Other, Standing::OfAnother),
        ] {
            let told = standing(files, &entry(path), on_disk);
            assert_eq!(told, expected, "{path} {on_disk:?}");
        }
    });
}

#[test]
fn each_state_of_a_package_that_is_being_unpacked() {
    use OnDisk::{Listed, Nothing, Other};
    with_files(PackageName::unpacking(), |files| {
        for path in [FILE, CONFFILE, EXCLUDED, REPLACED] {
            for (on_disk, expected) in [
                (Listed, Standing::Listed),
                (Other, Standing::OfAnother),
                (Nothing, Standing::OfAnother),
            ] {
                assert_eq!(standing(files, &entry(path), on_disk), expected, "{path}");
            }
        }
        for (on_disk, expected) in [
            (Listed, Standing::Listed),
            (Other, Standing::Altered),
            (Nothing, Standing::OfAnother),
        ] {
            assert_eq!(standing(files, &entry(SCRIPT), on_disk), expected);
        }
    });
}

#[test]
fn beside_its_place_a_file_is_the_listed_one_or_of_another() {
    for package in [tool(), PackageName::unpacking()] {
        with_files(package, |files| {
            let conffile = entry(CONFFILE);
            for place in &files.places(&conffile)[1..] {
                for (on_disk, expected) in [
                    (OnDisk::Listed, Standing::Listed),
                    (OnDisk::Other, Standing::OfAnother),
                    (OnDisk::Nothing, Standing::OfAnother),
                ] {
                    let told = files.standing(&conffile, place, on_disk).unwrap();
                    assert_eq!(told, expected, "{place:?}");
                }
            }
        });
    }
}

#[test]
fn the_script_that_debconf_makes_up_may_be_missing() {
    let mut config = entry("DEBIAN/config");
    config.size = 0;
    with_files(tool(), |files| {
        let told = standing(files, &config, OnDisk::Nothing);
        assert_eq!(told, Standing::Excluded);
    });
}

#[test]
fn a_package_owns_what_dpkgs_file_list_names() {
    with_files(tool(), |files| {
        for (path, owned) in [
            (FILE, true),
            (CONFFILE, true),
            (REPLACED, false),
            (SCRIPT, true),
            ("DEBIAN/x.postinst", false),
        ] {
            assert_eq!(files.owns(&entry(path)).unwrap(), owned, "{path}");
        }
    });
}
