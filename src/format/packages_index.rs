//! The index of an archive: which packages it has, where each is, and what its content is.
//!
//! SPEC: the file `Packages` of Debian's repository format. It is read paragraph by paragraph, so that one is held at a time.

use std::io::{self, BufRead, Read};

use super::deb822::Paragraph;
use super::decimal::decimal;
use super::ima::{Digest, HashAlgorithm};
use super::text::Text;
use super::tree::{ListName, NameError};

/// Longest paragraph that is read, in bytes. The longest of Debian 13 has 23 KB.
pub const PARAGRAPH_MAX: usize = 1 << 20;
/// Longest path of a package within an archive, in bytes.
pub const PATH_MAX: usize = 1024;

/// What the path of a package may hold beyond letters and digits: nothing that a URI or a shell could take for something else.
const PLAIN: &[u8] = b"-._~+%,:=/@";

/// A package of an archive, as its index describes it. All of it is a claim until the package has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedPackage {
    /// Where its list is in a tree.
    pub name: ListName,
    /// The source package that it was built from, without its version.
    pub source: Text,
    /// Such as `admin` or `contrib/net`; empty if there is none.
    pub section: Text,
    /// Where the archive has it: beneath the archive's folder, without `..`, in the characters of a URI.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its content.
    pub digest: Digest,
}

/// Why a package of an index cannot be used, or the index not be read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A paragraph is no package that can be fetched. Those behind it are read.
    #[error("package '{package}': {problem}")]
    Entry {
        /// Its field Package, or nothing.
        package: Text,
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// A paragraph is longer than [`PARAGRAPH_MAX`]. Nothing behind it is read.
    #[error("a paragraph has more than {PARAGRAPH_MAX} bytes")]
    Paragraph,
    /// The index cannot be read any further.
    #[error("cannot read it: {}", super::text::Escaped(.0))]
    Io(#[from] io::Error),
}

/// What is wrong with a paragraph of an index.
#[derive(Debug, thiserror::Error)]
pub enum EntryProblem {
    /// Its list would have no place in a tree.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A field that is needed to fetch it is missing, or has no such value.
    #[error("its field '{0}' is missing or malformed")]
    Field(&'static str),
}

/// The packages of an index, one by one. Ends after an error that is of no single package.
pub struct PackagesIndex<R> {
    input: R,
    ended: bool,
}

impl<R: BufRead> PackagesIndex<R> {
    /// Reads an index that is not compressed.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            ended: false,
        }
    }

    /// The next lines up to an empty one; empty at the end.
    fn paragraph(&mut self) -> Result<Vec<u8>, IndexError> {
        let mut text = Vec::new();
        loop {
            let start = text.len();
            let limit = (PARAGRAPH_MAX - start) as u64 + 1;
            let read = self.input.by_ref().take(limit).read_until(b'\n', &mut text);
            let read = read?;
            if text.len() > PARAGRAPH_MAX {
                return Err(IndexError::Paragraph);
            }
            match &text[start..] {
                b"\n" if start == 0 => text.clear(),
                b"\n" => return Ok(text),
                _ if read == 0 => return Ok(text),
                _ => {}
            }
        }
    }
}

impl<R: BufRead> Iterator for PackagesIndex<R> {
    type Item = Result<IndexedPackage, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.paragraph() {
            Ok(text) if text.is_empty() => None,
            Ok(text) => Some(entry(Paragraph::new(&text))),
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

fn entry(paragraph: Paragraph<'_>) -> Result<IndexedPackage, IndexError> {
    read(paragraph).map_err(|problem| IndexError::Entry {
        package: paragraph.field("Package").unwrap_or_default(),
        problem,
    })
}

fn read(paragraph: Paragraph<'_>) -> Result<IndexedPackage, EntryProblem> {
    let field = |name| paragraph.field(name).ok_or(EntryProblem::Field(name));
    let package = field("Package")?;
    let name = ListName::new(&package, &field("Version")?, &field("Architecture")?)?;
    let size = decimal(field("Size")?.as_bytes()).ok_or(EntryProblem::Field("Size"))?;
    let digest = field("SHA256")?;
    let digest = digest
        .plain()
        .and_then(|hex| Digest::from_hex(HashAlgorithm::Sha256, hex).ok());
    let path = field("Filename")?;
    let path = path.plain().filter(|path| is_path(path));
    // SPEC: `Source: NAME (VERSION)`, left out where both are those of the package.
    let source = paragraph.field("Source").unwrap_or(package);
    let source = source.as_bytes().split(|&byte| byte == b' ').next();
    Ok(IndexedPackage {
        name,
        source: source.unwrap_or_default().into(),
        section: paragraph.field("Section").unwrap_or_default(),
        path: path.ok_or(EntryProblem::Field("Filename"))?.to_owned(),
        size,
        digest: digest.ok_or(EntryProblem::Field("SHA256"))?,
    })
}

/// SECURITY: a source may be a folder of this machine (`file:`), which no path may lead out of.
fn is_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte);
    !path.is_empty()
        && path.len() <= PATH_MAX
        && !path.starts_with('/')
        && path.bytes().all(plain)
        && path.split('/').all(|part| part != "..")
}

#[cfg(test)]
mod tests;
