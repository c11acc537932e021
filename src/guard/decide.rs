//! What to do about an open. Pure: no file is read.

use super::appraisal::Appraisal;

/// An open, and what fstat(2) and /proc tell of its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenedFile<'a> {
    pub(super) regular: bool,
    /// Whether it is opened for execution. False for all opens under [`Appraisal::Executables`], where the group does
    /// not tell them apart.
    pub(super) exec: bool,
    /// Whether its mode has any x bit.
    pub(super) executable: bool,
    /// Whether root owns it and nobody else may write it.
    pub(super) roots_own: bool,
    pub(super) size: u64,
    /// Its path at this moment; a hint, since users can rename their files. Empty where it does not matter: of an empty
    /// file; and under [`Appraisal::Executables`], of one that is not `roots_own`.
    pub(super) path: &'a [u8],
}

/// What to do before the open is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Allow it as it is.
    Allow,
    /// The file may be a signature list that dpkg has just extracted: take it in, then label the file.
    TakeList,
    Label,
}

/// Where dpkg extracts control members, whatever root or admin folder it was given.
const UNPACKING: &[u8] = b"/tmp.ci/";
/// The signature list among them.
const LIST: &[u8] = b"/tmp.ci/imasigs";
/// What dpkg appends to a file's name until it renames it to its final one.
const NEW: &[u8] = b".dpkg-new";

pub(super) fn decide(file: &OpenedFile<'_>, appraisal: Appraisal) -> NextStep {
    if !file.regular {
        return NextStep::Allow;
    }
    // tar makes the list, which is empty then; dpkg opens it again to sync it, when it is complete.
    // SECURITY: a list that any user could make is not taken: it would fill the guard's memory.
    if file.size > 0 && file.roots_own && file.path.ends_with(LIST) {
        return NextStep::TakeList;
    }
    // A list may name the empty content, because debconf executes an empty file. But most files are empty when they are
    // made, and lock files stay so: they are not labelled, since they are about to be written to.
    if file.size == 0 && !(file.executable && (file.exec || appraisal == Appraisal::Executables)) {
        return NextStep::Allow;
    }
    match appraisal {
        Appraisal::Executables => NextStep::Label,
        // A policy that appraises every open refuses to open a signed file for writing. dpkg does that with these
        // files, to sync them: they are labelled when they are executed, or by the sweep.
        Appraisal::Files if !file.exec && is_being_unpacked(file.path) => NextStep::Allow,
        Appraisal::Files => NextStep::Label,
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

    const OPENED: OpenedFile<'static> = OpenedFile {
        regular: true,
        exec: false,
        executable: true,
        roots_own: true,
        size: 9,
        path: b"/usr/bin/x",
    };

    #[test]
    fn a_policy_for_executables() {
        let decided = |file: OpenedFile<'_>| decide(&file, Appraisal::Executables);
        assert_eq!(decided(OPENED), NextStep::Label);
        assert_eq!(
            decided(OpenedFile {
                regular: false,
                ..OPENED
            }),
            NextStep::Allow
        );
        for path in [
            &b"/usr/bin/x.dpkg-new"[..],
            b"/var/lib/dpkg/tmp.ci/preinst",
            b"",
        ] {
            assert_eq!(
                decided(OpenedFile { path, ..OPENED }),
                NextStep::Label,
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_policy_for_every_open() {
        let decided = |file: OpenedFile<'_>| decide(&file, Appraisal::Files);
        for path in [&b"/usr/bin/x.dpkg-new"[..], b"/var/lib/dpkg/tmp.ci/preinst"] {
            assert_eq!(
                decided(OpenedFile { path, ..OPENED }),
                NextStep::Allow,
                "{path:?}"
            );
            let exec = true;
            assert_eq!(
                decided(OpenedFile {
                    path,
                    exec,
                    ..OPENED
                }),
                NextStep::Label,
                "{path:?}"
            );
        }
        for path in [&b"/usr/bin/x"[..], b"/tmp.ci/deeper/x", b"", b"/"] {
            assert_eq!(
                decided(OpenedFile { path, ..OPENED }),
                NextStep::Label,
                "{path:?}"
            );
        }
    }

    #[test]
    fn an_empty_file_is_labelled_only_to_be_executed() {
        let empty = OpenedFile { size: 0, ..OPENED };
        let lock = OpenedFile {
            executable: false,
            ..empty
        };
        let executed = OpenedFile {
            exec: true,
            ..empty
        };
        assert_eq!(decide(&empty, Appraisal::Executables), NextStep::Label);
        assert_eq!(decide(&lock, Appraisal::Executables), NextStep::Allow);
        assert_eq!(decide(&empty, Appraisal::Files), NextStep::Allow);
        assert_eq!(decide(&executed, Appraisal::Files), NextStep::Label);
    }

    #[test]
    fn the_list_is_taken_when_it_is_complete() {
        for appraisal in [Appraisal::Executables, Appraisal::Files] {
            let path = b"/srv/root/var/lib/dpkg/tmp.ci/imasigs";
            let list = OpenedFile { path, ..OPENED };
            assert_eq!(decide(&list, appraisal), NextStep::TakeList);
            let empty = OpenedFile { size: 0, ..list };
            assert_ne!(decide(&empty, appraisal), NextStep::TakeList);
            let anybodys = OpenedFile {
                roots_own: false,
                ..list
            };
            assert_ne!(decide(&anybodys, appraisal), NextStep::TakeList);
        }
    }
}
