//! Lists for packages that have none, from the sources that /etc/dpkg-ima.toml names.

use std::error::Error;

use super::answers::SourceAnswers;
use super::skipped::SkipReason;
use super::worth::{fits, forged};
use crate::dpkg::{InstalledPackage, PackageName};
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::keys::held::HeldKeys;
use crate::labelling::{Mode, PackageFiles, Placement};
use crate::machine::config::Config;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::tasks::fetch::{
    FetchProgress, FoundLists, Lacking, WantedList, fetch_lists, keep_lists,
};

/// Asks the sources for the lists of these packages; those of use are kept. With [`Mode::Plan`] nobody is asked.
pub(super) fn ask_sources(
    (root, mode): (&Root, Mode),
    lacking: &[InstalledPackage],
    held: &HeldKeys,
    progress: FetchProgress<'_>,
) -> SourceAnswers {
    let mut answers = SourceAnswers::default();
    match Config::read(root) {
        Ok(config) => answers.sources = config.sources,
        Err(error) => answers.fail("no lists are fetched", &error),
    }
    if answers.sources.is_empty() {
        return answers;
    }
    let (names, wanted) = wanted(lacking);
    if mode == Mode::Plan {
        answers.put_off = names.into_iter().collect();
        return answers;
    }
    let mut found = fetch_lists(root, &answers.sources, &wanted, progress);
    answers.troubles = std::mem::take(&mut found.troubles);
    let kept = answers
        .sort(&names, &mut found, root, held)
        .and_then(|()| Ok(keep_lists(root, &wanted, &found)?));
    if let Err(error) = kept {
        answers.fetched.clear();
        answers.fail("the fetched lists are not kept", &error);
    }
    answers
}

/// A package whose fields no source can have in a name is passed over: it has no list.
fn wanted(lacking: &[InstalledPackage]) -> (Vec<PackageName>, Vec<WantedList>) {
    let wanted = lacking.iter().filter_map(|installed| {
        let wanted = WantedList::of_installed(installed).ok()?;
        Some((installed.name.clone(), wanted))
    });
    wanted.unzip()
}

impl SourceAnswers {
    /// Tells the lists that are of use from the others, which will not be kept.
    fn sort(
        &mut self,
        names: &[PackageName],
        found: &mut FoundLists,
        root: &Root,
        held: &HeldKeys,
    ) -> Result<(), Box<dyn Error>> {
        let placement = Placement::of(root)?;
        let mut opener = PathOpener::new(root)?;
        for (index, name) in names.iter().enumerate() {
            let why = match &found.lists[index] {
                Ok(list) => {
                    let files = PackageFiles::of(name.clone(), &placement)?;
                    of_no_use(list, &files, &mut opener, held)
                }
                Err(lacking @ Lacking::NotUsed { .. }) => {
                    Some(SkipReason::Unreadable(Text::of(lacking)))
                }
                Err(Lacking::Nowhere | Lacking::NoAnswer) => continue,
            };
            let Some(why) = why else {
                self.fetched.insert(name.clone());
                continue;
            };
            found.drop_list(index);
            self.not_used.push((name.clone(), why));
        }
        Ok(())
    }
}

/// Why a list is not kept, although it names files of the package.
fn of_no_use(
    list: &List,
    files: &PackageFiles<'_>,
    opener: &mut PathOpener<'_>,
    held: &HeldKeys,
) -> Option<SkipReason> {
    if let Some(forged) = forged(list, &files.package, held) {
        return Some(SkipReason::Forged(forged));
    }
    let other = || SkipReason::AnotherBuild(files.package.clone());
    (!fits(list, files, opener)).then(other)
}
