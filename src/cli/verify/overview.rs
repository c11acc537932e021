//! The whole system for people: a summary, then the files that need attention, by concern and package. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::concern::Concern;
use super::counts::Counts;
use crate::cli::report::Report;
use crate::dpkg::PackageName;
use crate::format::imasigs::escaped;
use crate::format::plural::count;
use crate::tasks::verify::SystemFinding;

/// How many files of one package are named for one concern. The others are counted: a machine without any signature
/// would fill the screen a thousand times.
const FILES_MAX: usize = 10;
/// How many packages are named for one concern.
const PACKAGES_MAX: usize = 40;

/// The findings so far. It holds no more files than it names.
#[derive(Debug, Default)]
pub(super) struct Overview {
    all: Counts,
    unlisted: Counts,
    concerns: BTreeMap<Concern, BTreeMap<Heading, NamedFiles>>,
}

/// Files stand under their package; those of no package come last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heading {
    Package(PackageName),
    NoPackage,
}

/// The files under one heading: all are counted, the first are named.
#[derive(Debug, Default)]
struct NamedFiles {
    named: Vec<String>,
    count: usize,
}

impl Overview {
    pub(super) fn add(&mut self, file: SystemFinding<'_>) {
        let verdict = file.finding.verdict;
        self.all.add(verdict);
        if !file.is_listed {
            self.unlisted.add(verdict);
        }
        let Some(mut concern) = Concern::of(verdict, file.is_listed) else {
            return;
        };
        if file.package.is_some_and(PackageName::is_local) {
            concern = concern.of_local();
        }
        let package = file.package.cloned();
        let heading = package.map_or(Heading::NoPackage, Heading::Package);
        let headings = self.concerns.entry(concern).or_default();
        let files = headings.entry(heading).or_default();
        files.count += 1;
        if files.named.len() < FILES_MAX {
            let path = escaped(&file.finding.path);
            files.named.push(match verdict.key_id() {
                Some(key_id) => format!("{path} (key {key_id})"),
                None => path,
            });
        }
    }

    pub(super) fn into_counts(self) -> Counts {
        self.all
    }
}

impl Overview {
    /// Prints all of it.
    pub(super) fn print(&self, report: &mut Report) {
        report.lines(self.summary());
        for section in self.sections() {
            let tone = Some(section.concern.tone());
            report.line("");
            report.toned(&[(tone, section.concern.title()), (None, &section.total())]);
            report.lines(&section);
        }
    }

    fn summary(&self) -> String {
        let all = self.all.to_string();
        if self.unlisted.is_empty() {
            return all;
        }
        let (total, each) = (self.unlisted.total(), self.unlisted.each());
        format!("{all}\nno list names {total} of them: {each}")
    }

    fn sections(&self) -> impl Iterator<Item = Section<'_>> {
        let concerns = self.concerns.iter();
        concerns.map(|(&concern, headings)| Section { concern, headings })
    }
}

/// The files of one concern. It displays what stands beneath its title.
struct Section<'a> {
    concern: Concern,
    headings: &'a BTreeMap<Heading, NamedFiles>,
}

impl Section<'_> {
    /// What stands behind its title.
    fn total(&self) -> String {
        let total = self.headings.values().map(|files| files.count).sum();
        format!(": {}", count(total, "file"))
    }
}

impl fmt::Display for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-> {}", self.concern.hint())?;
        write_headings(self.headings, f)
    }
}

fn write_headings(
    headings: &BTreeMap<Heading, NamedFiles>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (heading, files) in headings.iter().take(PACKAGES_MAX) {
        let number = count(files.count, "file");
        match heading {
            Heading::Package(package) => write!(f, "\n  {package}: {number}")?,
            Heading::NoPackage => write!(f, "\n  no package: {number}")?,
        }
        for path in &files.named {
            write!(f, "\n    {path}")?;
        }
        if let more @ 1.. = files.count - files.named.len() {
            write!(f, "\n    and {more} more")?;
        }
    }
    let left: Vec<_> = headings.values().skip(PACKAGES_MAX).collect();
    if !left.is_empty() {
        let files = left.iter().map(|files| files.count).sum();
        let (packages, files) = (count(left.len(), "package"), count(files, "file"));
        write!(f, "\n  and {packages} more with {files}; --json has all")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::KeyId;
    use crate::labelling::Verdict;
    use crate::tasks::verify::Finding;

    /// All that is printed.
    fn text(overview: &Overview) -> String {
        let section = |section: Section<'_>| {
            let title = section.concern.title();
            format!("\n\n{title}{}\n{section}", section.total())
        };
        let sections: String = overview.sections().map(section).collect();
        overview.summary() + &sections
    }

    fn add(overview: &mut Overview, package: Option<&str>, verdict: Verdict, paths: &[String]) {
        let package = package.map(|name| PackageName::new(name).unwrap());
        for path in paths {
            let path = path.as_bytes().to_vec();
            overview.add(SystemFinding {
                finding: &Finding {
                    path,
                    verdict,
                    key: None,
                },
                package: package.as_ref(),
                is_listed: verdict != Verdict::Unsigned,
            });
        }
    }

    #[test]
    fn the_summary_comes_first_and_what_is_fine_is_not_named() {
        let mut overview = Overview::default();
        let paths = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        let key = Verdict::UntrustedKey(KeyId(0x1a));
        add(&mut overview, Some("b"), Verdict::Good, &paths(&["/fine"]));
        add(
            &mut overview,
            None,
            Verdict::Unsigned,
            &paths(&["/x\n\x1b"]),
        );
        add(&mut overview, Some("z"), Verdict::Unsigned, &paths(&["/z"]));
        add(&mut overview, Some("b"), key, &paths(&["/k"]));
        let expected = "4 files: 1 good, 2 unsigned, 1 untrusted key\n\
            no list names 2 of them: 2 unsigned\n\
            \n\
            untrusted key: 1 file\n\
            -> if you trust the key: put its certificate into /etc/keys/ima, or name it with --cert\n  \
              b: 1 file\n    \
                /k (key 0000001a)\n\
            \n\
            unsigned, and named by no list: 2 files\n\
            -> install a signed version of the package, or dpkg-ima relabel --from DEB; \
            your own: dpkg-ima sign --local --key KEY --cert CERTIFICATE FILE\n  \
              z: 1 file\n    \
                /z\n  \
              no package: 1 file\n    \
                /x\\012\\033";
        assert_eq!(text(&overview), expected);
    }

    #[test]
    fn what_is_too_much_to_read_is_counted() {
        let mut overview = Overview::default();
        let many: Vec<_> = (10..23).map(|number| format!("/a/{number}")).collect();
        add(&mut overview, Some("a"), Verdict::Altered, &many);
        for number in 0..PACKAGES_MAX {
            let name = format!("b{number}");
            add(&mut overview, Some(&name), Verdict::Altered, &many[..2]);
        }
        let text = text(&overview);
        assert!(text.contains("/a/19\n    and 3 more\n"), "{text}");
        assert!(!text.contains("/a/20"), "{text}");
        let end = "\n  and 1 package more with 2 files; --json has all";
        assert!(text.ends_with(end), "{text}");
    }
}
