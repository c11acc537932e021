//! What to do about an open. Pure.

use super::policy::Policy;

/// What is known of an open before its file is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// Whether it is a regular file.
    pub(super) regular: bool,
    /// Whether it is opened for execution; only told apart where [`Policy::Files`] is in force.
    pub(super) exec: bool,
    /// Whether its mode lets anybody execute it.
    pub(super) executable: bool,
    /// Whether it belongs to root, and nobody else may write it.
    pub(super) roots_own: bool,
    /// Its length.
    pub(super) size: u64,
    /// Its path at this moment; a hint. Empty where it does not matter: under [`Policy::Executables`], of
    /// what is not root's own.
    pub(super) path: &'a [u8],
}

/// What to do before the opener may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing.
    Pass,
    /// It is a signature list that dpkg has just extracted: take it in, then label.
    TakeList,
    /// Label it.
    Label,
}

/// Where dpkg extracts control members, whatever root or admin folder it was given.
const UNPACKING: &[u8] = b"/tmp.ci/";
/// The list among them.
const LIST: &[u8] = b"/tmp.ci/imasigs";
/// What dpkg appends to the names of files that it has not put in their places yet.
const NEW: &[u8] = b".dpkg-new";

pub(super) fn action(seen: &Seen<'_>, policy: Policy) -> Action {
    if !seen.regular {
        return Action::Pass;
    }
    // dpkg opens the list again to sync it: it is complete then. When tar makes it, it is empty.
    // SECURITY: not one that any user made, who could fill our memory with lists.
    if seen.size > 0 && seen.roots_own && seen.path.ends_with(LIST) {
        return Action::TakeList;
    }
    // Empty contents are listed, because debconf executes an empty file. But most files are empty when
    // they are made, and locks stay so; they must be left to those who write to them.
    if seen.size == 0 && !(seen.executable && (seen.exec || policy == Policy::Executables)) {
        return Action::Pass;
    }
    match policy {
        Policy::Executables => Action::Label,
        // A policy that appraises every open refuses to open a signed file for writing, which dpkg
        // does with both of these to sync them.
        Policy::Files if !seen.exec && is_being_unpacked(seen.path) => Action::Pass,
        Policy::Files => Action::Label,
    }
}

fn is_being_unpacked(path: &[u8]) -> bool {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let folder = path.strip_suffix(name).unwrap_or_default();
    path.ends_with(NEW) || folder.ends_with(UNPACKING)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Seen<'static> = Seen {
        regular: true,
        exec: false,
        executable: true,
        roots_own: true,
        size: 9,
        path: b"/usr/bin/x",
    };

    #[test]
    fn a_policy_for_executables() {
        let action = |seen: Seen<'_>| super::action(&seen, Policy::Executables);
        assert_eq!(action(SEEN), Action::Label);
        assert_eq!(
            action(Seen {
                regular: false,
                ..SEEN
            }),
            Action::Pass
        );
        for path in [
            &b"/usr/bin/x.dpkg-new"[..],
            b"/var/lib/dpkg/tmp.ci/preinst",
            b"",
        ] {
            assert_eq!(action(Seen { path, ..SEEN }), Action::Label, "{path:?}");
        }
    }

    #[test]
    fn a_policy_for_every_open() {
        let action = |seen: Seen<'_>| super::action(&seen, Policy::Files);
        for path in [&b"/usr/bin/x.dpkg-new"[..], b"/var/lib/dpkg/tmp.ci/preinst"] {
            assert_eq!(action(Seen { path, ..SEEN }), Action::Pass, "{path:?}");
            let exec = true;
            assert_eq!(
                action(Seen { path, exec, ..SEEN }),
                Action::Label,
                "{path:?}"
            );
        }
        for path in [&b"/usr/bin/x"[..], b"/tmp.ci/deeper/x", b"", b"/"] {
            assert_eq!(action(Seen { path, ..SEEN }), Action::Label, "{path:?}");
        }
    }

    #[test]
    fn an_empty_file_is_labelled_only_to_be_executed() {
        let empty = Seen { size: 0, ..SEEN };
        let lock = Seen {
            executable: false,
            ..empty
        };
        let executed = Seen {
            exec: true,
            ..empty
        };
        assert_eq!(action(&empty, Policy::Executables), Action::Label);
        assert_eq!(action(&lock, Policy::Executables), Action::Pass);
        assert_eq!(action(&empty, Policy::Files), Action::Pass);
        assert_eq!(action(&executed, Policy::Files), Action::Label);
    }

    #[test]
    fn the_list_is_taken_when_it_is_complete() {
        for policy in [Policy::Executables, Policy::Files] {
            let path = b"/srv/root/var/lib/dpkg/tmp.ci/imasigs";
            let list = Seen { path, ..SEEN };
            assert_eq!(action(&list, policy), Action::TakeList);
            let empty = Seen { size: 0, ..list };
            assert_ne!(action(&empty, policy), Action::TakeList);
            let anybodys = Seen {
                roots_own: false,
                ..list
            };
            assert_ne!(action(&anybodys, policy), Action::TakeList);
        }
    }
}
