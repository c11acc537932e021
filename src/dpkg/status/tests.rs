//! Builds and installed packages, from texts that dpkg wrote.

use super::*;
use std::fs;

const STATUS_TEXT: &str = "\
Package: bash
Status: install ok installed
Architecture: amd64
Description: a shell
 Version: not a field
Version: 5.2-1

Package: libc6
Status: install ok unpacked
Architecture: i386
Multi-Arch: same
Version: 2:2.36-9

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: half
Status: install reinstreq half-installed
Architecture: all
Version: 1
";

fn sample(updates: &[(&str, &str)]) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let admin = folder.path().join("var/lib/dpkg");
    fs::create_dir_all(admin.join("info")).unwrap();
    fs::create_dir_all(admin.join("updates")).unwrap();
    fs::write(admin.join("status"), STATUS_TEXT).unwrap();
    for name in ["bash", "libc6:i386", "gone", "half", "new"] {
        fs::write(admin.join(format!("info/{name}.list")), "").unwrap();
    }
    for (name, text) in updates {
        fs::write(admin.join("updates").join(name), text).unwrap();
    }
    let found = installed_packages(&Root::open(folder.path()).unwrap()).unwrap();
    let row = |found: InstalledPackage| (found.name.to_string(), found.build.version);
    found.into_iter().map(row).collect()
}

/// What dpkg 1.21 wrote into `status` for packages with such fields.
#[test]
fn a_build_is_what_dpkg_makes_of_its_fields() {
    for (version, written) in [
        ("1.0-1", "1.0-1"),
        ("0:1.0", "1.0"),
        ("00:1.0", "1.0"),
        ("+1:1.0-1", "1:1.0-1"),
        ("007:1.0", "7:1.0"),
        ("0:1:2", "0:1:2"),
    ] {
        let fields = |name: &str| Some(if name == "Version" { version } else { "Foo" }.into());
        let build = Build::from_fields(fields).unwrap();
        assert_eq!((&*build.package, &*build.version), ("foo", written));
        assert_eq!(build.architecture, "Foo");
    }
}

fn row(name: &str, version: &str) -> (String, String) {
    (name.to_owned(), version.to_owned())
}

#[test]
fn only_what_is_unpacked_counts() {
    let expected = [row("bash", "5.2-1"), row("libc6:i386", "2:2.36-9")];
    assert_eq!(sample(&[]), expected);
}

#[test]
fn updates_override_in_their_order() {
    let bash = |state: &str, version: &str| {
        format!(
            "Package: bash\nStatus: install ok {state}\nArchitecture: amd64\nVersion: {version}\n"
        )
    };
    let new = "Package: new\nStatus: install ok unpacked\nArchitecture: all\nVersion: 3\n";
    let (first, second) = (bash("half-installed", "6"), bash("unpacked", "7"));
    let found = sample(&[
        ("0002", &second),
        ("0001", &first),
        ("0003", new),
        ("tmp.i", &first),
    ]);
    let expected = [
        row("bash", "7"),
        row("libc6:i386", "2:2.36-9"),
        row("new", "3"),
    ];
    assert_eq!(found, expected);
    assert!(!sample(&[("0001", &first)]).contains(&row("bash", "5.2-1")));
}
