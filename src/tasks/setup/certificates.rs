//! The step "certificates": those that signatures are verified with are in /etc/keys/ima.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::SetupError;
use super::item::Item;
use super::managed_file::ManagedFile;
use super::site::Site;
use super::step::Step;
use crate::format::ima::{KeyId, certificates_in, key_id_of};
use crate::keys::certificates::usable_certificates;
use crate::machine::error::{SystemError, shown};
use crate::tasks::relabel::Notice;

const NAME: &str = "certificates";
/// Largest file that is taken, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// Copies those that were named, unless they are there.
pub(super) struct Certificates;

/// A file that was named, and that is not in /etc/keys/ima yet.
struct NewCertificate {
    file: ManagedFile,
    content: Vec<u8>,
}

impl Step for Certificates {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let (present, new) = (present(site)?, new(site)?);
        let ids: Vec<_> = present.iter().map(ToString::to_string).collect();
        let is = match ids.is_empty() {
            true => format!("there is none in '{}'", shown(&site.certificates())),
            false => format!(
                "'{}' has key {}",
                shown(&site.certificates()),
                ids.join(", ")
            ),
        };
        if new.is_empty() && present.is_empty() {
            let hint = "give the one of whoever signs your packages: --cert FILE";
            return Ok(Item::blocked(NAME, is, hint));
        }
        let Some(first) = new.first() else {
            return Ok(Item::done(NAME, is));
        };
        let place = shown(&site.root.display(&first.file.path()));
        let to_be = match new.len() {
            1 => format!("'{place}' is written"),
            more => format!("'{place}' and {} more are written", more - 1),
        };
        Ok(Item::to_do(NAME, is, to_be, "what was written is removed"))
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        for NewCertificate { file, content } in new(site)? {
            site.kept().put(&file, &content)?;
        }
        Ok(Vec::new())
    }
}

/// The keys of the certificates that are there.
fn present(site: &Site<'_>) -> Result<BTreeSet<KeyId>, SetupError> {
    let usable = usable_certificates(site.root)?.into_iter();
    Ok(usable.map(|(_, certificate)| certificate.key_id).collect())
}

/// Whether certificates are still to be put in place.
pub(super) fn are_missing(site: &Site<'_>) -> Result<bool, SetupError> {
    Ok(!new(site)?.is_empty())
}

fn new(site: &Site<'_>) -> Result<Vec<NewCertificate>, SetupError> {
    let present = present(site)?;
    let mut new = Vec::new();
    for path in &site.options.certificates {
        let content = read(path)?;
        let keys = keys_in(path, &content)?;
        if keys.iter().any(|key| !present.contains(key)) {
            new.push(NewCertificate {
                file: place(site, path)?,
                content,
            });
        }
    }
    Ok(new)
}

fn read(path: &Path) -> Result<Vec<u8>, SystemError> {
    let file = File::open(path).map_err(SystemError::at("open", path))?;
    let mut content = Vec::new();
    let read = file.take(FILE_MAX).read_to_end(&mut content);
    read.map_err(SystemError::at("read", path))?;
    Ok(content)
}

fn keys_in(path: &Path, content: &[u8]) -> Result<Vec<KeyId>, SetupError> {
    let keys = certificates_in(content).and_then(|ders| {
        ders.iter()
            .map(|der| key_id_of(der))
            .collect::<Result<_, _>>()
    });
    keys.map_err(|source| SetupError::Certificate {
        path: path.to_owned(),
        source,
    })
}

/// Where it goes. A file of that name that is there is not replaced: it has other keys.
fn place(site: &Site<'_>, path: &Path) -> Result<ManagedFile, SetupError> {
    let error = |why| SetupError::CertificateName {
        path: path.to_owned(),
        why,
    };
    let name = path.file_name().and_then(|name| name.to_str());
    let file = name.and_then(ManagedFile::certificate).ok_or_else(|| {
        error("its name must end in .pem or .der, and have only letters, digits and -_.+@")
    })?;
    match site.root.metadata_followed(&file.path())? {
        Some(_) => Err(error("another file is there under its name")),
        None => Ok(file),
    }
}
