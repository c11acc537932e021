//! The whole system as a picture: for each group of files, how many are good, unsigned, or worse.

use super::verifier::tone_of;
use crate::cli::report::Report;
use crate::cli::tone::Tone;
use crate::format::plural::count;
use crate::tasks::verify::SystemFinding;

/// The length of each bar, in characters.
const WIDTH: usize = 40;

/// The groups, in their order.
const GROUPS: [&str; 4] = [
    "listed by packages",
    "in packages, unlisted",
    "local programs",
    "of no package",
];
/// The parts of a bar: their character, and what the files are.
const PARTS: [(Tone, char, &str); 3] = [
    (Tone::Good, '#', "good"),
    (Tone::Doubtful, '-', "unsigned or by an untrusted key"),
    (Tone::Bad, '!', "bad"),
];

/// The numbers of files, by group and part.
#[derive(Debug, Default)]
pub(super) struct Bars([[usize; PARTS.len()]; GROUPS.len()]);

impl Bars {
    pub(super) fn add(&mut self, file: SystemFinding<'_>) {
        let group = match (file.package, file.is_listed) {
            (Some(package), _) if package.is_local() => 2,
            (Some(_), false) => 1,
            (None, false) => 3,
            (_, true) => 0,
        };
        let part = match tone_of(file.finding.verdict) {
            Tone::Good => 0,
            Tone::Doubtful => 1,
            Tone::Bad => 2,
        };
        self.0[group][part] += 1;
    }

    /// Prints a bar for each group that has files, then an empty line; on a terminal, or if they are asked for.
    pub(super) fn print(&self, asked_for: bool, report: &mut Report) {
        if !(asked_for || report.is_on_terminal()) {
            return;
        }
        let groups = GROUPS.into_iter().zip(self.0);
        for (name, numbers) in groups.filter(|(_, numbers)| numbers.iter().sum::<usize>() > 0) {
            print_bar(name, numbers, report);
        }
        report.line("");
    }
}

fn print_bar(name: &str, numbers: [usize; PARTS.len()], report: &mut Report) {
    let cells = cells(numbers);
    let part = |at: usize| {
        let (tone, character, _) = PARTS[at];
        (Some(tone), character.to_string().repeat(cells[at]))
    };
    let parts = [part(0), part(1), part(2)];
    let name = format!("{name:22}[");
    let mut line = vec![(None, name.as_str())];
    let parts = parts.iter().filter(|(_, cells)| !cells.is_empty());
    line.extend(parts.map(|(tone, cells)| (*tone, cells.as_str())));
    let numbers = format!("] {}", told(numbers));
    line.push((None, &numbers));
    report.toned(&line);
}

/// Such as `3 files: 2 good, 1 bad`.
fn told(numbers: [usize; PARTS.len()]) -> String {
    let parts = numbers.into_iter().zip(PARTS);
    let parts = parts.filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts
        .map(|(number, (_, _, what))| format!("{number} {what}"))
        .collect();
    let files = count(numbers.into_iter().sum(), "file");
    format!("{files}: {}", parts.join(", "))
}

/// The length of each part: [`WIDTH`] together, and at least one for each that has a file, so that none is overlooked.
fn cells(numbers: [usize; PARTS.len()]) -> [usize; PARTS.len()] {
    let total = numbers.iter().sum::<usize>().max(1);
    let mut cells = numbers.map(|number| match number {
        0 => 0,
        number => (number.saturating_mul(WIDTH) / total).max(1),
    });
    // What rounding has left, or taken too much, is the longest part's.
    let longest = (0..cells.len()).max_by_key(|&at| cells[at]).unwrap_or(0);
    let others: usize = cells.iter().sum::<usize>() - cells[longest];
    cells[longest] = WIDTH - others;
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_its_length_and_shows_what_is_rare() {
        for (numbers, expected) in [
            ([1, 0, 0], [40, 0, 0]),
            ([1, 1, 0], [20, 20, 0]),
            ([8737, 1, 1], [38, 1, 1]),
            ([1, 1, 1], [13, 13, 14]),
            ([0, 0, 7], [0, 0, 40]),
            ([usize::MAX / 100, 1, 0], [39, 1, 0]),
        ] {
            assert_eq!(cells(numbers), expected, "{numbers:?}");
        }
        assert_eq!(
            told([2, 1, 0]),
            "3 files: 2 good, 1 unsigned or by an untrusted key"
        );
        assert_eq!(told([0, 0, 1]), "1 file: 1 bad");
    }
}
