//! `dpkg-ima sign`.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;

use super::args::SignArgs;
use super::exit::Exit;
use super::report::{Report, Unit, complain, count, progress};
use crate::format::deb::Voided;
use crate::keys::signing::{KeyError, Passphrase, PemSigner};
use crate::machine::error::shown;
use crate::tasks::sign::{
    self, Destination, Job, Jobs, Listener, Options, Owner, SignError, Signed,
};

/// The variable that may hold the passphrase of the key.
const PASSPHRASE: &str = "DPKG_IMA_PASSPHRASE";

/// Signs packages.
pub fn run(args: &SignArgs) -> Exit {
    let mut report = Report::new();
    match load(args) {
        Ok(signer) => sign_all(args, &signer, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

fn load(args: &SignArgs) -> Result<PemSigner, KeyError> {
    let passphrase = match (&args.passphrase_file, std::env::var(PASSPHRASE)) {
        (Some(file), _) => Passphrase::File(file.clone()),
        (None, Ok(passphrase)) => Passphrase::Given(passphrase),
        (None, Err(_)) => Passphrase::Ask,
    };
    PemSigner::load(&args.key, &args.cert, &passphrase)
}

fn sign_all(args: &SignArgs, signer: &PemSigner, report: &mut Report) {
    let options = Options {
        selection: args.files.into(),
        algorithm: args.hash.into(),
        voided: if args.drop_signatures {
            Voided::Drop
        } else {
            Voided::Keep
        },
    };
    let destination = Destination::from(&args.destination);
    let Jobs {
        jobs,
        refused,
        left_out,
    } = sign::jobs(&args.packages, &destination);
    if jobs.is_empty() && refused.is_empty() {
        report.note("there is no package to sign");
    }
    for (path, error) in refused {
        explain(&path, &error);
        report.answer(Exit::Trouble);
    }
    let tally = Tally::new(jobs.iter().map(|job| job.size).sum(), options.voided);
    sign::run(jobs, signer, options, &tally);
    tally.sum_up(report);
    if !left_out.is_empty() {
        report.line(format_args!("left out: {left_out}"));
    }
}

fn explain(package: &Path, error: &SignError) {
    let package = shown(package);
    complain(
        format_args!("cannot sign '{package}': {error}"),
        error.hint(),
    );
}

/// Counts what was done, and tells at once what was not.
struct Tally {
    bar: ProgressBar,
    packages: AtomicUsize,
    failed: AtomicUsize,
    entries: AtomicUsize,
    made: AtomicUsize,
    kept: AtomicUsize,
    voided: AtomicUsize,
    /// What became of those.
    what_of_voided: Voided,
}

impl Listener for Tally {
    fn finished(&self, job: &Job, outcome: &Result<Signed, SignError>) {
        let add = |to: &AtomicUsize, count| to.fetch_add(count, Ordering::Relaxed);
        match outcome {
            Ok(signed) => {
                add(&self.packages, 1);
                add(&self.entries, signed.entries);
                add(&self.made, signed.made);
                add(&self.kept, signed.kept);
                add(&self.voided, signed.voided.len());
                self.remark(job, signed);
            }
            Err(error) => {
                add(&self.failed, 1);
                self.bar.suspend(|| explain(&job.input, error));
            }
        }
        self.bar.inc(job.size);
    }
}

impl Tally {
    fn new(bytes: u64, what_of_voided: Voided) -> Self {
        Self {
            bar: progress(bytes, Unit::Bytes),
            packages: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            entries: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            voided: AtomicUsize::new(0),
            what_of_voided,
        }
    }

    /// What is as it should be, but perhaps not as it was meant.
    fn remark(&self, job: &Job, signed: &Signed) {
        if signed.owner == Owner::Signer {
            let package = shown(&job.output);
            let text = format!("'{package}' has another owner now: only root can keep it");
            self.bar.suspend(|| complain(text, None));
        }
        if signed.has_other_names {
            let package = shown(&job.output);
            let text =
                format!("'{package}' has hard links, which still have the package as it was");
            self.bar.suspend(|| complain(text, None));
        }
        if !signed.voided.is_empty() && self.what_of_voided == Voided::Keep {
            let package = shown(&job.output);
            let members = signed.voided.join(", ");
            let text = format!("'{package}': its list is new, which makes void: {members}");
            self.bar.suspend(|| complain(text, None));
        }
    }

    /// What to do about signatures that are void, once for all packages.
    fn sum_up_voided(&self, report: &mut Report) {
        let voided = count(self.voided.load(Ordering::Relaxed), "signature");
        match self.what_of_voided {
            _ if self.voided.load(Ordering::Relaxed) == 0 => {}
            Voided::Drop => report.line(format_args!("dropped {voided} of debsigs or dpkg-sig")),
            Voided::Keep => complain(
                format_args!("void: {voided} of debsigs or dpkg-sig"),
                Some("sign with those after dpkg-ima; --drop-signatures leaves out what is void"),
            ),
        }
    }

    fn sum_up(self, report: &mut Report) {
        self.bar.finish_and_clear();
        self.sum_up_voided(report);
        if self.failed.into_inner() > 0 {
            report.answer(Exit::Trouble);
        }
        let packages = self.packages.into_inner();
        if packages > 0 {
            report.line(format_args!(
                "signed {}: {}, {} made, {} kept",
                count(packages, "package"),
                count(self.entries.into_inner(), "file"),
                count(self.made.into_inner(), "signature"),
                self.kept.into_inner(),
            ));
        }
    }
}
