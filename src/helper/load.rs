//! `dpkg-ima-helper load`: the .debs that apt is about to unpack, whose paths apt writes to standard input.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::dpkg::PackageName;
use crate::format::apt::{self, HookLine};
use crate::format::text::write_line;
use crate::keys::held::HeldKeys;
use crate::machine::config::{Config, Unsigned};
use crate::machine::confine::{Duty, confine};
use crate::machine::root::Root;
use crate::signatures::{Lock, state_folder};
use crate::tasks::announce::{Announcement, Uncheckable, Unchecked};
use crate::tasks::fetch::{
    Downloader, FoundLists, Lacking, ListOwner, Search, Unanswered, WantedList, find_lists,
};

/// The exit status if the configuration refuses a package. No other failure has it, so that the hook can tell a refusal from
/// a broken helper.
const REFUSED: u8 = 77;

/// Announces the .debs to the guard, unless the configuration refuses one.
pub(super) fn run() -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(Path::new("/"))?;
    let config = Config::read(&root).unwrap_or_else(|error| {
        log::warn!("{error}; the defaults are used");
        Config::default()
    });
    // It speaks with the network, which a confined process and its children cannot.
    let downloader = start_downloader(&config);
    confine(Duty::Load, state_folder(&root), &[]);
    let mut complaints = Complaints {
        are_silent: config.unsigned == Unsigned::Ignore,
        count: 0,
    };
    let mut loading = Loading {
        root: &root,
        config: &config,
        held: HeldKeys::of_this_machine(&root),
        announcement: Announcement::default(),
        found: FoundLists::default(),
    };
    let without_list = loading.add_debs(downloader.is_some(), &mut complaints)?;
    if let Some(downloader) = downloader {
        loading.fetch(&without_list, downloader, &mut complaints)?;
    }
    loading.verify(&without_list, &mut complaints)?;
    loading.keep_fetched(&without_list);
    if complaints.count > 0 && config.unsigned == Unsigned::Refuse {
        write_line(
            io::stderr(),
            "dpkg-ima: nothing is installed, since /etc/dpkg-ima.toml says unsigned = \"refuse\"",
        )?;
        return Ok(ExitCode::from(REFUSED));
    }
    loading.announcement.tell_guard(&root)?;
    Ok(ExitCode::SUCCESS)
}

fn start_downloader(config: &Config) -> Option<Downloader> {
    if config.sources.is_empty() {
        return None;
    }
    let started = Downloader::start(config.fetch_time);
    started
        .inspect_err(|error| log::warn!("no lists are fetched: {error}"))
        .ok()
}

/// What is known of the .debs of this run.
struct Loading<'a> {
    root: &'a Root,
    config: &'a Config,
    held: HeldKeys,
    announcement: Announcement,
    /// For the .debs without a list.
    found: FoundLists,
}

impl Loading<'_> {
    /// Reads the lists of all .debs. A package that cannot be checked is named as soon as that is known; if lists are
    /// fetched, those without one are returned instead.
    fn add_debs(
        &mut self,
        are_fetched: bool,
        complaints: &mut Complaints,
    ) -> io::Result<Vec<WantedList>> {
        let mut without_list = Vec::new();
        for line in apt::lines(io::stdin().lock()) {
            let HookLine::Deb(deb) = line? else {
                log::warn!("a line of apt's that names no .deb was passed over");
                continue;
            };
            let Err(Unchecked { package, why, list }) = self.announcement.add(&deb, &self.held)
            else {
                continue;
            };
            match list {
                Some(name) if are_fetched => without_list.push(WantedList {
                    name: *name,
                    owner: ListOwner::Deb(deb),
                }),
                _ => complaints.add(&package, &why)?,
            }
        }
        Ok(without_list)
    }

    /// Finds lists for them, and names those for which there is none.
    fn fetch(
        &mut self,
        wanted: &[WantedList],
        mut downloader: Downloader,
        complaints: &mut Complaints,
    ) -> io::Result<()> {
        let search = Search {
            root: self.root,
            sources: &self.config.sources,
            takes_kept: true,
            deadline: Instant::now() + self.config.fetch_time,
        };
        self.found = find_lists(search, wanted, &mut |source, names, deliver| {
            downloader.ask(source, names, deliver)
        });
        complaints.add_unanswered(wanted, &self.found)?;
        for (wanted, list) in wanted.iter().zip(&self.found.lists) {
            let package = wanted.name.package();
            let added = match list {
                Ok(list) => {
                    let name = PackageName::new(package);
                    self.announcement.add_list(name.as_ref(), list, &self.held)
                }
                Err(Lacking::NoAnswer) => Ok(()),
                Err(lacking) => Err(Uncheckable::NoList(lacking.clone())),
            };
            if let Err(why) = added {
                complaints.add(&package, &why)?;
            }
        }
        Ok(())
    }

    /// Verifies all signatures. A list with a forged one is not kept.
    fn verify(&mut self, wanted: &[WantedList], complaints: &mut Complaints) -> io::Result<()> {
        for (package, why) in self.announcement.verify(&self.held) {
            complaints.add(&package, &why)?;
            for (index, wanted) in wanted.iter().enumerate() {
                if wanted.name.package() == package.as_str() {
                    self.found.drop_list(index);
                }
            }
        }
        Ok(())
    }

    /// Without them the guard labels all the same, and the sweep does not.
    fn keep_fetched(&self, wanted: &[WantedList]) {
        if self.found.fetched() == 0 {
            return;
        }
        let kept = Lock::take(self.root).and_then(|lock| self.found.keep(wanted, self.root, &lock));
        if let Err(error) = kept {
            log::warn!("the fetched lists are not kept: {error}");
        }
    }
}

/// Names packages on standard error, unless the configuration ignores them, and counts them.
struct Complaints {
    are_silent: bool,
    count: usize,
}

impl Complaints {
    fn add(&mut self, package: &dyn Display, why: &Uncheckable) -> io::Result<()> {
        self.count += 1;
        self.say(&format_args!("package '{package}' {why}"))
    }

    /// Names the packages for which a source did not answer, in one line with the sources; or the sources alone, if others
    /// had all lists.
    fn add_unanswered(&mut self, wanted: &[WantedList], found: &FoundLists) -> io::Result<()> {
        let unanswered = wanted.iter().zip(&found.lists);
        let unanswered = unanswered.filter(|(_, list)| matches!(list, Err(Lacking::NoAnswer)));
        let packages: Vec<_> = unanswered
            .map(|(wanted, _)| wanted.name.package())
            .collect();
        self.count += packages.len();
        let troubles = found.troubles.as_slice();
        match packages.as_slice() {
            [] => troubles.iter().try_for_each(|trouble| self.say(trouble)),
            packages => self.say(&Unanswered { packages, troubles }),
        }
    }

    /// What makes nothing fail.
    fn say(&self, message: &dyn Display) -> io::Result<()> {
        if self.are_silent {
            return Ok(());
        }
        write_line(io::stderr(), format_args!("dpkg-ima: {message}"))
    }
}
