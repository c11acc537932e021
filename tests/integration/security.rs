//! SECURITY.md: each attack in it names the tests that show it, and each of these is there.
//!
//! A test is named as cargo names it (`integration::module::name` for those here, `module::name` for those of the library),
//! a script or program by its path, a group of the emulated machines as `tests/vm/suite GROUP`, and a fuzz target as
//! `fuzz::NAME`.

use std::fs;
use std::path::{Path, PathBuf};

/// Fewer rows than that, and the table is not what is read here.
const ATTACKS_MIN: usize = 30;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).unwrap()
}

/// The rows of the tables whose last column is called "shown by".
fn attacks(document: &str) -> Vec<Vec<&str>> {
    let mut rows = Vec::new();
    let mut within = false;
    for line in document.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        within = line.starts_with('|') && (within || cells.last() == Some(&"shown by"));
        let is_heading = cells.last() == Some(&"shown by") || line.starts_with("|---");
        if within && !is_heading {
            rows.push(cells);
        }
    }
    rows
}

/// What stands between back quotes.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether the tree has a test of that name.
fn exists(name: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(group) = name.strip_prefix("tests/vm/suite ") {
        return is_group(group);
    }
    if let Some(target) = name.strip_prefix("fuzz::") {
        return root
            .join(format!("tests/fuzz/targets/{target}.rs"))
            .is_file();
    }
    if !name.contains("::") {
        return name.starts_with("tests/") && root.join(name).is_file();
    }
    let (module, test) = name.rsplit_once("::").unwrap();
    let folder = match module.strip_prefix("integration::") {
        Some(module) => root
            .join("tests/integration")
            .join(module.replace("::", "/")),
        None => root.join("src").join(module.replace("::", "/")),
    };
    sources(&folder).iter().any(|source| has_test(source, test))
}

/// Where a module may be: a file, the front page of a folder, or `mod tests` within the file of the module above.
fn sources(module: &Path) -> Vec<PathBuf> {
    let mut sources = vec![module.with_extension("rs"), module.join("mod.rs")];
    if module.ends_with("tests") {
        let above = module.parent().unwrap();
        sources.extend([above.with_extension("rs"), above.join("mod.rs")]);
    }
    sources
}

fn has_test(source: &Path, test: &str) -> bool {
    is_test_of(&fs::read_to_string(source).unwrap_or_default(), test)
}

/// Whether that function has the attribute of a test, and none that keeps it from being run.
fn is_test_of(text: &str, test: &str) -> bool {
    let mut attributes = Vec::new();
    text.lines().map(str::trim).any(|line| {
        if line.starts_with("#[") {
            attributes.push(line);
            return false;
        }
        let ignored = attributes.iter().any(|line| line.starts_with("#[ignore"));
        let runs = attributes.contains(&"#[test]") && !ignored;
        attributes.clear();
        runs && line.starts_with(&format!("fn {test}("))
    })
}

/// Whether `groups` or `rest` of the suite names it.
fn is_group(group: &str) -> bool {
    let suite = text("tests/vm/suite");
    let lists = suite
        .lines()
        .filter(|line| line.contains("groups=(") || line.contains("rest=("));
    let mut lists = lists.filter_map(|line| line.rsplit_once('(')?.1.split_once(')'));
    lists.any(|(list, _)| list.split_whitespace().any(|known| known == group))
}

#[test]
fn every_attack_names_tests_that_exist() {
    let document = text("SECURITY.md");
    let rows = attacks(&document);
    assert!(rows.len() >= ATTACKS_MIN, "{} attacks", rows.len());
    let mut missing = Vec::new();
    for row in rows {
        let tests = names(row.last().unwrap());
        assert!(!tests.is_empty(), "no test: {}", row[0]);
        missing.extend(tests.into_iter().filter(|test| !exists(test)));
    }
    assert!(
        missing.is_empty(),
        "SECURITY.md names what is not there: {missing:#?}"
    );
    assert!(text("README.md").contains("(SECURITY.md)"));
}

#[test]
fn a_name_that_is_not_there_is_found() {
    for name in [
        "integration::security::a_name_that_is_not_there_is_found",
        "integration::relabel::links::a_link_of_the_users_is_not_followed",
        "labelling::choice::tests::no_list_no_label",
        "machine::root::tests::reading_has_a_limit",
        "fuzz::imasigs",
        "tests/vm/scripts/control.sh",
        "tests/vm/suite control",
        "tests/vm/suite filecheck",
    ] {
        assert!(exists(name), "{name}");
    }
    for name in [
        "integration::security::no_such_test",
        "integration::security::text",
        "integration::no_such_module::text",
        "machine::root::tests::no_such_test",
        "fuzz::no_such_target",
        "tests/vm/scripts/no_such_script.sh",
        "tests/vm/suite no-such-group",
        "Cargo.toml",
        "",
    ] {
        assert!(!exists(name), "{name}");
    }
    let ignored = "#[test]\nfn run() {}\n#[test]\n#[ignore = \"slow\"]\nfn not_run() {}\n\
        #[ignore]\n#[test]\nfn not_run_either() {}\nfn no_test() {}\n#[test]\n#[should_panic]\nfn panics() {}\n";
    for (name, runs) in [
        ("run", true),
        ("panics", true),
        ("not_run", false),
        ("not_run_either", false),
        ("no_test", false),
    ] {
        assert_eq!(is_test_of(ignored, name), runs, "{name}");
    }
    let document =
        "| a | shown by |\n|---|---|\n| x | `one`, `two` |\n\n| b | c |\n|---|---|\n| y | `z` |\n";
    assert_eq!(attacks(document), [["x", "`one`, `two`"]]);
    assert_eq!(names("`one`, `two`"), ["one", "two"]);
}
