//! What each parser of input that others wrote is held to.
//!
//! A target is a function that takes any bytes. All of them promise: no panic, no allocation beyond `memory_max`, and
//! no error text with a character that a terminal obeys. What else a target promises stands at the head of its file.
//! libFuzzer calls them (`tests/fuzz/run`), and every `cargo test` with the files of `tests/fuzz/corpus/NAME`.

mod apt_hook;
mod ar;
mod audit;
mod certificates;
mod config;
mod control_tar;
mod data_tar;
mod deb;
mod digest_lines;
mod dpkg_cfg;
mod dpkg_diversions;
mod dpkg_list;
mod dpkg_status;
mod guard_request;
mod imasigs;
mod mountinfo;
mod packages_index;
mod pkcs11_uri;
mod policy;
mod security_ima;
mod segment;
mod signature_record;
mod support;
mod tree;

/// A parser and its bound.
pub struct Target {
    /// The name of its file here, and of its folder in the corpus.
    pub name: &'static str,
    /// Most bytes of the heap that one input may make it hold at a time. Inputs have at most 64 KiB, and what is read whole
    /// (a control archive, dpkg's files) is limited by the product itself.
    pub memory_max: usize,
    /// Panics if the product breaks a promise.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, memory_mib: usize, run: fn(&[u8])) -> Target {
    Target {
        name,
        memory_max: memory_mib << 20,
        run,
    }
}

/// All of them.
pub const TARGETS: [Target; 23] = [
    target("apt_hook", 1, apt_hook::run),
    target("ar", 1, ar::run),
    target("audit", 8, audit::run),
    target("certificates", 4, certificates::run),
    target("config", 4, config::run),
    target("control_tar", 8, control_tar::run),
    target("data_tar", 8, data_tar::run),
    // A whole control archive, decompressed, twice while its buffer grows.
    target("deb", 512, deb::run),
    target("digest_lines", 4, digest_lines::run),
    target("dpkg_cfg", 2, dpkg_cfg::run),
    target("dpkg_diversions", 8, dpkg_diversions::run),
    target("dpkg_list", 8, dpkg_list::run),
    target("dpkg_status", 8, dpkg_status::run),
    target("guard_request", 1, guard_request::run),
    target("imasigs", 8, imasigs::run),
    target("mountinfo", 8, mountinfo::run),
    target("packages_index", 4, packages_index::run),
    target("pkcs11_uri", 1, pkcs11_uri::run),
    target("policy", 16, policy::run),
    target("security_ima", 1, security_ima::run),
    target("segment", 8, segment::run),
    target("signature_record", 1, signature_record::run),
    // Many entries from few bytes, up to the limits of a list.
    target("tree", 512, tree::run),
];
