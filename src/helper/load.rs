//! `dpkg-ima-helper load`: the .debs that apt is about to unpack, whose paths apt writes to standard input.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::format::apt::{self, HookLine};
use crate::format::text::write_line;
use crate::keys::held::HeldKeys;
use crate::machine::config::{Config, Unsigned};
use crate::machine::confine::{Duty, confine};
use crate::machine::root::Root;
use crate::signatures::state_folder;
use crate::tasks::announce::{Announcement, Uncheckable};

/// The exit status if the configuration refuses a package. No other failure has it, so that the hook can tell a refusal from
/// a broken helper.
const REFUSED: u8 = 77;

/// Announces the .debs to the guard, unless the configuration refuses one.
pub(super) fn run() -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(Path::new("/"))?;
    confine(Duty::Load, state_folder(&root), &[]);
    let config = Config::read(&root).unwrap_or_else(|error| {
        log::warn!("{error}; the defaults are used");
        Config::default()
    });
    let mut complaints = Complaints {
        are_silent: config.unsigned == Unsigned::Ignore,
        count: 0,
    };
    let announcement = announcement(&HeldKeys::of_this_machine(&root), &mut complaints)?;
    if complaints.count > 0 && config.unsigned == Unsigned::Refuse {
        write_line(
            io::stderr(),
            "dpkg-ima: nothing is installed, since /etc/dpkg-ima.toml says unsigned = \"refuse\"",
        )?;
        return Ok(ExitCode::from(REFUSED));
    }
    announcement.tell_guard(&root)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads and verifies the lists of all .debs. A package that cannot be checked is named as soon as that is known.
fn announcement(held: &HeldKeys, complaints: &mut Complaints) -> io::Result<Announcement> {
    let mut announcement = Announcement::default();
    for line in apt::lines(io::stdin().lock()) {
        let HookLine::Deb(deb) = line? else {
            log::warn!("a line of apt's that names no .deb was passed over");
            continue;
        };
        if let Err((package, why)) = announcement.add(&deb, held) {
            complaints.add(&package, &why)?;
        }
    }
    for (package, why) in announcement.verify(held) {
        complaints.add(&package, &why)?;
    }
    Ok(announcement)
}

/// Names packages on standard error, unless the configuration ignores them, and counts them.
struct Complaints {
    are_silent: bool,
    count: usize,
}

impl Complaints {
    fn add(&mut self, package: &dyn Display, why: &Uncheckable) -> io::Result<()> {
        self.count += 1;
        if self.are_silent {
            return Ok(());
        }
        write_line(
            io::stderr(),
            format_args!("dpkg-ima: package '{package}' {why}"),
        )
    }
}
