//! Whether a machine would boot under a policy, with the keys that the kernel holds.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::files::boot_files;
use crate::format::ima::{KeyId, Label, Signature};
use crate::format::policy::{Access, Answer, Demand, Hook, Mask, Policy, Subject};
use crate::keys::held::{Authenticity, HeldKeys};
use crate::machine::attribute;
use crate::machine::error::{SystemError, shown};
use crate::machine::fs_magic::fs_magic;
use crate::machine::root::Root;

/// A reason why the machine would not boot, or why that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum BootObstacle {
    /// The policy demands signatures, and the kernel could verify none.
    #[error("the policy demands signatures, and the kernel holds no key to check them with")]
    NoKey,
    /// A file that boots it has no label that the policy would accept.
    #[error("'{}' has no signature", shown(.0))]
    Unsigned(PathBuf),
    /// The kernel does not hold the key of its signature.
    #[error("'{}' is signed with the key {key_id}, which the kernel does not hold", shown(.path))]
    UnknownKey {
        /// A file that boots the machine.
        path: PathBuf,
        /// The key that its signature names.
        key_id: KeyId,
    },
    /// Its signature names a key that is held, which did not make it over the file's content.
    #[error(
        "'{}' is not what was signed, or its signature is forged: the kernel would refuse it",
        shown(.0)
    )]
    Forged(PathBuf),
    /// The key of its signature is held, and nothing here can verify by it.
    #[error("nothing here can verify the signature of '{}'", shown(.0))]
    Unverified(PathBuf),
    /// The initramfs is on a filesystem that the policy appraises, and its files have no labels.
    #[error(
        "the policy would refuse the programs of the initramfs, which are on a filesystem of type \
         {0:#x} (if root= is not on the kernel's command line, it is a tmpfs)"
    )]
    Initramfs(u64),
}

impl BootObstacle {
    /// Whether the kernel would certainly refuse; else that cannot be told here.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        !matches!(self, Self::Unverified(_))
    }
}

/// Every reason why the system in that root would not boot with that init. The labels of its few files are held against
/// the policy, and verified over their content by the held keys.
///
/// # Errors
/// If a file cannot be examined.
pub fn obstacles(
    root: &Root,
    init: &Path,
    policy: &Policy,
    held: &HeldKeys,
) -> Result<Vec<BootObstacle>, SystemError> {
    let mut found = Vec::new();
    if policy.demands_signatures() && held.is_empty() {
        found.push(BootObstacle::NoKey);
    }
    for boot in boot_files(root, init)? {
        let Some(file) = boot.file else {
            continue; // Another init may be tried; the kernel says so if there is none.
        };
        let shown = root.display(&boot.path);
        let obstacle = obstacle(&boot.path, &file, policy, held);
        found.extend(obstacle.map_err(SystemError::at("examine", &shown))?);
    }
    if !root.is_running_system() {
        found.extend(initramfs(policy)?);
    }
    Ok(found)
}

fn obstacle(
    path: &Path,
    file: &File,
    policy: &Policy,
    held: &HeldKeys,
) -> io::Result<Option<BootObstacle>> {
    let Some(demand) = demand(file, policy)? else {
        return Ok(None);
    };
    let path = || path.to_owned();
    Ok(match attribute::read(file)? {
        Label::Signature(_) if demand == Demand::VeritySignature => {
            Some(BootObstacle::Unsigned(path()))
        }
        Label::Signature(label) => label_obstacle(path, file, &label, held)?,
        Label::Hash if demand == Demand::Hash => None,
        Label::None | Label::Hash | Label::Malformed(_) => Some(BootObstacle::Unsigned(path())),
    })
}

/// SECURITY: the key id in a label is a claim, so the label is verified.
fn label_obstacle(
    path: impl FnOnce() -> PathBuf,
    file: &File,
    label: &Signature,
    held: &HeldKeys,
) -> io::Result<Option<BootObstacle>> {
    let key_id = label.key_id;
    Ok(match held.verify_label(label, file)? {
        Authenticity::Genuine => None,
        Authenticity::Forged => Some(BootObstacle::Forged(path())),
        Authenticity::Unknown if held.holds(key_id) => Some(BootObstacle::Unverified(path())),
        Authenticity::Unknown => Some(BootObstacle::UnknownKey {
            path: path(),
            key_id,
        }),
    })
}

/// The strictest demand of the policy on a file that root executes and maps.
fn demand(file: &File, policy: &Policy) -> io::Result<Option<Demand>> {
    let metadata = file.metadata()?;
    let fs_magic = fs_magic(file)?;
    let answer = |hook| {
        policy.answer(&Access {
            hook,
            mask: Mask::Exec,
            subject: Subject::Root,
            fs_magic,
            owner: metadata.uid(),
            group: metadata.gid(),
        })
    };
    let demands = Hook::OF_EXECUTION.map(|hook| match answer(hook) {
        Answer::Needs(demand, _) | Answer::Perhaps(demand, _) => Some(demand),
        Answer::Free => None,
    });
    Ok(demands.into_iter().flatten().max())
}

/// The obstacle that the running initramfs would meet, if the policy appraises its filesystem.
fn initramfs(policy: &Policy) -> Result<Option<BootObstacle>, SystemError> {
    let error = || SystemError::at("examine", Path::new("/"));
    let root = File::open("/").map_err(error())?;
    let demand = demand(&root, policy).map_err(error())?;
    let fs_magic = fs_magic(&root).map_err(error())?;
    Ok(demand.map(|_| BootObstacle::Initramfs(fs_magic)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::keys::held::sample::{self, SampleKey, forged, genuine, strange};

    #[test]
    fn without_key_and_labels_nothing_boots() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("sbin")).unwrap();
        std::fs::write(folder.path().join("sbin/init"), "#!/bin/sh\n").unwrap();
        let root = Root::open(folder.path()).unwrap();
        let found = |text: &str| {
            let policy = Policy::parse(text.as_bytes()).unwrap();
            obstacles(
                &root,
                Path::new("/sbin/init"),
                &policy,
                &HeldKeys::default(),
            )
            .unwrap()
        };
        assert!(found("measure func=BPRM_CHECK").is_empty());
        assert!(found("appraise func=MODULE_CHECK").is_empty());
        assert!(found("appraise func=FILE_CHECK mask=MAY_READ").is_empty());
        assert!(!found("appraise func=FILE_CHECK mask=MAY_EXEC").is_empty());
        let obstacles = found("appraise func=BPRM_CHECK appraise_type=imasig");
        assert!(matches!(
            obstacles.as_slice(),
            [BootObstacle::NoKey, BootObstacle::Unsigned(init), BootObstacle::Initramfs(_)]
                if init == Path::new("/sbin/init")
        ));
    }

    #[test]
    fn a_label_counts_by_what_it_signs_and_not_by_the_key_id_that_it_names() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(sample::CONTENT).unwrap();
        let found = |label: &Signature, held: &HeldKeys| {
            let obstacle = label_obstacle(|| "/sbin/init".into(), &file, label, held).unwrap();
            obstacle.map(|obstacle| (obstacle.is_certain(), obstacle.to_string()))
        };
        let refused = |label: &Signature, held: &HeldKeys| found(label, held).unwrap();
        let held = sample::held();
        assert_eq!(found(&genuine(SampleKey::A), &held), None);
        let (certain, forged) = refused(&forged(SampleKey::A, 1), &held);
        assert!(certain && forged.contains("is forged"), "{forged}");
        let (certain, strange) = refused(&strange(1), &held);
        assert!(certain && strange.contains("does not hold"), "{strange}");
        // Known by their ids only: nothing can verify.
        let ids = [sample::key_id(SampleKey::A)].into_iter().collect();
        let (certain, unknown) = refused(&genuine(SampleKey::A), &ids);
        assert!(!certain && unknown.contains("can verify"), "{unknown}");

        file.write_all(b"altered").unwrap();
        let label = genuine(SampleKey::A);
        let altered = label_obstacle(|| "/sbin/init".into(), &file, &label, &held).unwrap();
        assert!(matches!(altered, Some(BootObstacle::Forged(_))));
    }
}
