//! The corpus of the fuzz targets, replayed: what once was found stays found.

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use targets::TARGETS;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus");

#[test]
fn every_input_of_every_target() {
    for target in &TARGETS {
        let folder = Path::new(CORPUS).join(target.name);
        let inputs = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let mut replayed = 0;
        for input in inputs {
            let path = input.unwrap().path();
            let data = fs::read(&path).unwrap();
            let result = std::panic::catch_unwind(|| (target.run)(&data));
            assert!(result.is_ok(), "{path:?} breaks a promise of its target");
            replayed += 1;
        }
        assert!(replayed > 0, "{folder:?} is empty");
        assert!(target.memory_max > 0);
    }
}

#[test]
fn each_target_has_its_corpus_and_each_corpus_its_target() {
    assert_eq!(TARGETS.len(), 23);
    let names: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let folders = fs::read_dir(CORPUS).unwrap();
    let folders = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), names);
}
