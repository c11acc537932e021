//! `dpkg-ima keygen`.

use super::args::KeygenArgs;
use super::exit::Exit;
use super::report::Report;
use crate::keys::signing::KeyRequest;
use crate::machine::private_memory::keep_memory_private;
use crate::tasks::keygen::{KeyFiles, keygen};

pub fn run(args: &KeygenArgs) -> Exit {
    keep_memory_private();
    let files = KeyFiles {
        key: args.key.clone(),
        certificate: args.cert.clone(),
        der: args.der.clone(),
    };
    let request = KeyRequest {
        kind: args.kind.into(),
        name: args.name.clone(),
        days: args.days,
    };
    let mut report = Report::new();
    if let Err(error) = keygen(&files, &request) {
        report.trouble(&error, error.hint());
    }
    report.finish()
}
