//! What a policy does about programs that are no package's, by the filesystems that these are on. It follows from the rules,
//! as for any file. Pure.

use std::fmt;

use crate::format::policy::{Access, Answer, Demand, Hook, Mask, Policy, Subject};
use crate::machine::fs_magic::OVERLAYFS;

/// Where programs are that no package brought, by the filesystem that they are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What is there.
    pub name: &'static str,
    /// The filesystem.
    pub filesystem: &'static str,
    /// Its number, as in `fsmagic=`. SPEC: linux/magic.h.
    pub fs_magic: u64,
    /// Which labels its files can have.
    pub labels: &'static str,
}

/// Those that people ask about. Flatpaks have no filesystem of their own: their files are on the disk, which stands for
/// disks of other kinds too.
pub const PLACES: [Place; 5] = [
    Place {
        name: "initramfs",
        filesystem: "ramfs",
        fs_magic: 0x8584_58f6,
        labels: "it keeps no labels",
    },
    Place {
        name: "/run, /dev/shm, an initramfs without root=",
        filesystem: "tmpfs",
        fs_magic: 0x0102_1994,
        labels: "labels are gone with the next boot",
    },
    Place {
        name: "containers",
        filesystem: "overlayfs",
        fs_magic: OVERLAYFS,
        labels: "an image that was not made with labels has none",
    },
    Place {
        name: "snaps",
        filesystem: "squashfs",
        fs_magic: 0x7371_7368,
        labels: "no label can be added to a snap",
    },
    Place {
        name: "flatpaks, what users build or download",
        filesystem: "ext4",
        fs_magic: 0xef53,
        labels: "dpkg-ima sign --local gives labels",
    },
];

/// Any user but root.
const SOMEBODY: u32 = 1000;

/// What becomes of some programs when they are executed, with the libraries that they map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// No rule looks at them.
    Exempt,
    /// They need that label.
    Needs(Demand),
    /// Conditions decide that only the kernel knows.
    Unknown,
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exempt => "exempt",
            Self::Needs(Demand::Signature) => "need a signature",
            Self::Needs(Demand::VeritySignature) => "need a signature of their fs-verity digest",
            Self::Needs(Demand::Hash) => "need a hash or a signature",
            Self::Unknown => "only the kernel can tell",
        })
    }
}

/// What a policy does about a place: by who owns the files, root or another, and by who executes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatments {
    /// Root's files: executed by root, and by others.
    pub of_root: [Treatment; 2],
    /// The files of others, likewise.
    pub of_others: [Treatment; 2],
}

impl Treatments {
    /// Asks the rules.
    #[must_use]
    pub fn of(policy: &Policy, place: &Place) -> Self {
        let of_owner = |owner| {
            [Subject::Root, Subject::AnyoneElse]
                .map(|subject| treatment(policy, place.fs_magic, owner, subject))
        };
        Self {
            of_root: of_owner(0),
            of_others: of_owner(SOMEBODY),
        }
    }

    /// Whether no rule looks at any of the files.
    #[must_use]
    pub fn are_exempt(&self) -> bool {
        let mut all = self.of_root.into_iter().chain(self.of_others);
        all.all(|one| one == Treatment::Exempt)
    }
}

fn treatment(policy: &Policy, fs_magic: u64, owner: u32, subject: Subject) -> Treatment {
    let answer = |hook: Hook| {
        policy.answer(&Access {
            hook,
            mask: Mask::Exec,
            subject,
            fs_magic,
            owner,
            group: owner,
        })
    };
    let answers = Hook::OF_EXECUTION.map(answer);
    let needed = answers.iter().filter_map(|answer| match answer {
        Answer::Needs(demand, _) => Some(*demand),
        Answer::Free | Answer::Perhaps(..) => None,
    });
    match needed.max() {
        Some(demand) => Treatment::Needs(demand),
        None if answers.iter().all(|answer| *answer == Answer::Free) => Treatment::Exempt,
        None => Treatment::Unknown,
    }
}

/// As a clause: one treatment, or two by owner or by who executes the files.
impl fmt::Display for Treatments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of_root, of_others } = self;
        let [by_root, by_others] = of_root;
        match (of_root == of_others, by_root == by_others) {
            (true, true) => write!(f, "{by_root}"),
            (true, false) => write!(f, "run by root: {by_root}; by others: {by_others}"),
            (false, true) if of_others[0] == of_others[1] => {
                let [of_others, _] = of_others;
                write!(f, "root's files: {by_root}; those of others: {of_others}")
            }
            (false, _) => f.write_str("depends on who owns the files and who runs them"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of each place.
    fn told(text: &str) -> [String; PLACES.len()] {
        let policy = Policy::parse(text.as_bytes()).unwrap();
        PLACES.map(|place| Treatments::of(&policy, &place).to_string())
    }

    #[test]
    fn the_sample_policies_exempt_the_initramfs_of_root_and_nothing_else() {
        let sample = |name: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/policies");
            told(&std::fs::read_to_string(format!("{folder}/{name}")).unwrap())
        };
        let split = "root's files: exempt; those of others: ";
        for (name, initramfs, rest) in [
            ("everyone", "need a signature", "need a signature"),
            (
                "everyone-and-kernel",
                "need a signature",
                "need a signature",
            ),
            (
                "lsm-label",
                "only the kernel can tell",
                "only the kernel can tell",
            ),
        ] {
            let told = sample(name);
            assert_eq!(told[0], format!("{split}{initramfs}"), "{name}");
            assert!(
                told[1..].iter().all(|told| told == rest),
                "{name}: {told:?}"
            );
        }
        let root = sample("root");
        let by_root = "run by root: need a signature; by others: exempt";
        assert_eq!(root[0], "depends on who owns the files and who runs them");
        assert!(root[1..].iter().all(|told| told == by_root), "{root:?}");
    }

    #[test]
    fn rules_by_filesystem_are_followed_whatever_the_policy_is_called() {
        let exempt = told(
            "dont_appraise fsmagic=0x73717368\n\
             dont_appraise fsmagic=0x794c7630\n\
             appraise func=BPRM_CHECK\n",
        );
        let expected = ["need a hash or a signature", "exempt"];
        assert_eq!([exempt[1].as_str(), exempt[2].as_str()], expected);
        assert_eq!(exempt[3], "exempt");
        assert!(
            told("measure func=BPRM_CHECK")
                .iter()
                .all(|told| told == "exempt")
        );
        let opened = told("appraise func=FILE_CHECK mask=MAY_EXEC appraise_type=imasig");
        assert!(opened.iter().all(|told| told == "need a signature"));
        let read = told("appraise func=FILE_CHECK mask=MAY_READ appraise_type=imasig");
        assert!(read.iter().all(|told| told == "exempt"));
        let policy = Policy::parse(b"appraise func=MODULE_CHECK").unwrap();
        assert!(Treatments::of(&policy, &PLACES[0]).are_exempt());
    }
}
