//! `dpkg-ima show`.

use serde_json::json;

use super::args::ShowArgs;
use super::exit::Exit;
use super::report::Report;
use crate::format::imasigs::escaped;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::show::{Shown, show_deb, show_file, show_installed, show_list};
use crate::tasks::target::{Target, TargetError};

pub fn run(args: &ShowArgs) -> Exit {
    let mut report = Report::new();
    let target = shown(&args.target);
    let mut empty = true;
    let mut show = |signature: Shown| {
        empty = false;
        if args.json {
            report.json(&as_json(&signature));
        } else {
            report.line(as_text(&signature));
        }
    };
    match look(args, &mut show) {
        Ok(true) if empty => report.note(format_args!("'{target}' has a list without entries")),
        Ok(true) => {}
        Ok(false) => {
            report.note(format_args!("'{target}' has no signatures"));
            report.answer(Exit::No);
        }
        Err(error) => report.trouble(format_args!("cannot show '{target}': {error}"), None),
    }
    report.finish()
}

fn look(args: &ShowArgs, show: &mut dyn FnMut(Shown)) -> Result<bool, TargetError> {
    let root = Root::open(&args.root)?;
    match Target::named(&args.target, &root)? {
        Target::Deb(path) => show_deb(&path, show),
        Target::List(path) => show_list(&path, show),
        Target::Package(package) => show_installed(&root, &package, show),
        Target::File(path) => show_file(&root, &path, show),
    }
}

fn as_text(shown: &Shown) -> String {
    let digest = shown.digest.map(|digest| digest.to_string());
    format!(
        "{} {} {} {}",
        shown.signature.key_id,
        shown.signature.algorithm,
        digest.as_deref().unwrap_or("-"),
        escaped(&shown.path),
    )
}

fn as_json(shown: &Shown) -> serde_json::Value {
    json!({
        "file": escaped(&shown.path),
        "key": shown.signature.key_id.to_string(),
        "algorithm": shown.signature.algorithm.name(),
        "digest": shown.digest.map(|digest| digest.to_string()),
        "signature": data_encoding::BASE64.encode(shown.signature.payload()),
    })
}
