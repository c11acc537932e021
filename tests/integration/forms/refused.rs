//! What is refused on purpose although dpkg installs it: the forms, and the list of them in imasigs(5).

use std::collections::BTreeSet;
use std::fs;

/// A form that is refused on purpose.
pub struct Refused {
    /// Its name in the Python files.
    pub form: &'static str,
    /// What the line of `sign` says.
    pub says: &'static str,
    /// How its paragraph in imasigs(5) begins.
    pub listed: &'static str,
}

const fn refused(form: &'static str, says: &'static str, listed: &'static str) -> Refused {
    Refused { form, says, listed }
}

const ARCHIVE: &str = "A second control or data archive behind the first";
const OLD: &str = "A package of the format before 2.0";
const TWICE: &str = "Two entries for one path or control member";
const PARENT: &str = "A path with a component";
const RESERVED: &str = "Files under";
const DEVICE: &str = "A device among the control members";
const SPARSE: &str = "A sparse control member";
const GLOBAL: &str = "A global PAX header in control.tar";
const LIST: &str = "A hard link to the list";
const NUMBER: &str = "A number in base 64 in control.tar";
const MEMORY: &str = "A dictionary of more than 256 MiB";
const MANY: &str = "More than 4,096 members";
const LONG: &str = r"A first line of debian\-binary";

/// All of them.
pub const ON_PURPOSE: &[Refused] = &[
    refused("order-two-data", "one data archive only", ARCHIVE),
    refused(
        "order-control-behind",
        "no further control archive",
        ARCHIVE,
    ),
    refused(
        "order-data-behind-by-long-name",
        "a second archive",
        ARCHIVE,
    ),
    refused("order-data-behind-by-table", "a second archive", ARCHIVE),
    refused("version-0.939000", "the format before 2.0", OLD),
    refused("tar-name-twice", "is there twice", TWICE),
    refused("tar-file-then-link", "is there twice", TWICE),
    refused("control-name-twice", "is there twice", TWICE),
    refused("control-control-twice", "is there twice", TWICE),
    refused("control-symlink-twice", "is there twice", TWICE),
    refused("control-file-over-symlink", "is there twice", TWICE),
    refused("tar-name-parent", "'..' component", PARENT),
    refused("tar-name-debian", "under /DEBIAN", RESERVED),
    refused("control-block", "a device or pipe", DEVICE),
    refused("control-sparse-old", "a sparse file", SPARSE),
    refused("control-sparse-pax", "a sparse file", SPARSE),
    refused("control-pax-global-path", "renames all members", GLOBAL),
    refused(
        "list-is-linked-to",
        "a hard link to the signature list",
        LIST,
    ),
    refused(
        "control-size-base64",
        "a size that tar does not take",
        NUMBER,
    ),
    refused(
        "xz-512-mib-dictionary",
        "more than 257 MiB of memory",
        MEMORY,
    ),
    refused(
        "lzma-512-mib-dictionary",
        "more than 257 MiB of memory",
        MEMORY,
    ),
    refused("order-underscore-5000", "more than 4096 members", MANY),
    refused("order-5000-behind", "more than 4096 members", MANY),
    refused("control-5000-members", "more than 4096 entries", MANY),
    refused("version-of-5000-zeros", "is not 2.x", LONG),
    refused("gz-flag-name-long", "gzip header field too long", LONG),
];

/// Limits that no small form reaches, and where they are tried.
const LIMITS: &[&str] = &["More than 1,000,000 entries"];

/// What dpkg refuses here, and would install on a machine that has the file.
pub const DEPENDS: &[&str] = &["control-symlink-nowhere-outside"];

/// Where dpkg waits for ever.
pub const HANGS: &[&str] = &["control-fifo", "zst-empty"];

#[test]
fn the_man_page_lists_what_is_refused_on_purpose() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/debian/imasigs.5");
    let page = fs::read_to_string(page).unwrap().replace('\n', " ");
    let (_, section) = page.split_once(".SH PACKAGES THAT ARE REFUSED").unwrap();
    let (section, _) = section.split_once(".SH").unwrap();
    let listed: BTreeSet<&str> = ON_PURPOSE.iter().map(|refused| refused.listed).collect();
    let listed: BTreeSet<&str> = listed.into_iter().chain(LIMITS.iter().copied()).collect();
    let bullets: Vec<&str> = section.split(r".IP \(bu 2 ").skip(1).collect();
    for text in &listed {
        assert!(
            bullets.iter().any(|bullet| bullet.starts_with(text)),
            "imasigs(5) does not list: {text}"
        );
    }
    assert_eq!(bullets.len(), listed.len(), "{bullets:#?}");
}
