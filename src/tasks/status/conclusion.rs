//! What follows from all lines: the machine enforces, or one thing is to be done next. Pure.

use super::line::{Readiness, StatusLine};
use super::topic::Topic;
use crate::machine::appraise_mode::AppraiseMode;

/// What cannot be mended by `setup`, so it comes first.
const BEFORE_SETUP: [Topic; 6] = [
    Topic::KernelOptions,
    Topic::Hooks,
    Topic::Guard,
    Topic::Keyring,
    Topic::Revoked,
    Topic::Algorithms,
];
/// What `setup` sees to.
const BY_SETUP: [Topic; 4] = [
    Topic::Keys,
    Topic::Policy,
    Topic::Initramfs,
    Topic::NextBoot,
];

/// What is to be said at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The machine refuses what is not signed, and will after the next boot.
    Ready,
    /// A command, or else a clause that says what to do.
    Next(&'static str),
}

impl Conclusion {
    /// What follows from the lines and from what the kernel was told to do.
    #[must_use]
    pub fn of(lines: &[StatusLine], mode: AppraiseMode) -> Self {
        let not_good = |topic: Topic| {
            let of_topic = |line: &&StatusLine| line.topic == topic;
            let mut lines = lines.iter().filter(of_topic);
            lines.find(|line| line.readiness != Readiness::Good)
        };
        let is_faulty =
            |topic| not_good(topic).is_some_and(|line| line.readiness == Readiness::Not);
        let line = BEFORE_SETUP.into_iter().find_map(not_good);
        if let Some(next) = line.and_then(|line| line.next) {
            return Self::Next(next);
        }
        if BY_SETUP.into_iter().any(is_faulty) {
            return Self::Next("dpkg-ima setup");
        }
        match mode {
            AppraiseMode::Log => Self::Next("dpkg-ima setup --enforce"),
            AppraiseMode::Off | AppraiseMode::Fix => Self::Next("dpkg-ima setup"),
            AppraiseMode::Enforce => {
                let command_line = not_good(Topic::CommandLine).and_then(|line| line.next);
                let enforcement = not_good(Topic::Enforcement).map(|line| match line.readiness {
                    Readiness::Unknown => line.next.unwrap_or("run this as root"),
                    Readiness::Not | Readiness::Good => {
                        "restart the machine: its policy is loaded at boot"
                    }
                });
                command_line.or(enforcement).map_or(Self::Ready, Self::Next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines, good but for those topics.
    fn lines(not: &[Topic], unknown: &[Topic]) -> Vec<StatusLine> {
        let all = [
            &BEFORE_SETUP[..],
            &BY_SETUP,
            &[
                Topic::CommandLine,
                Topic::Enforcement,
                Topic::Filesystem,
                Topic::Filesystem,
                Topic::Programs,
            ],
        ];
        let line = |topic: &Topic| match topic {
            topic if not.contains(topic) => StatusLine::not(*topic, "", topic.name()),
            topic if unknown.contains(topic) => StatusLine::unknown(*topic, "", topic.name()),
            topic => StatusLine::good(*topic, ""),
        };
        all.into_iter().flatten().map(line).collect()
    }

    #[test]
    fn the_first_thing_that_is_to_be_done_is_next() {
        use AppraiseMode::{Enforce, Log, Off};
        use Topic::{
            CommandLine, Enforcement, Filesystem, Guard, Hooks, Initramfs, Keys, NextBoot, Policy,
            Programs,
        };
        let runs = &[Enforcement][..];
        for (not, unknown, mode, next) in [
            (&[][..], &[][..], Enforce, None),
            // A program of nobody's, a disk that keeps no labels, and an initramfs by dracut do not matter.
            (&[Programs, Filesystem], &[Initramfs], Enforce, None),
            (
                &[Hooks, Keys, NextBoot],
                &[],
                Enforce,
                Some("hooks and trigger"),
            ),
            (&[], &[Guard], Enforce, Some("guard")),
            (&[Policy, Enforcement], &[], Enforce, Some("dpkg-ima setup")),
            (&[NextBoot], &[], Log, Some("dpkg-ima setup")),
            (runs, &[], Off, Some("dpkg-ima setup")),
            (
                &[CommandLine, Enforcement],
                &[],
                Log,
                Some("dpkg-ima setup --enforce"),
            ),
            (
                runs,
                &[],
                Enforce,
                Some("restart the machine: its policy is loaded at boot"),
            ),
            (&[], runs, Enforce, Some("enforcement")),
            // dpkg_ima=off
            (
                &[CommandLine, Enforcement],
                &[],
                Enforce,
                Some("kernel command line"),
            ),
        ] {
            let told = Conclusion::of(&lines(not, unknown), mode);
            let expected = next.map_or(Conclusion::Ready, Conclusion::Next);
            assert_eq!(told, expected, "{not:?} {unknown:?} {mode:?}");
        }
    }
}
