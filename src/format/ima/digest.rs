//! A digest, which always has the length that its algorithm gives; and how it is made.

use std::fmt;
use std::io::{self, Read};

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Sha256, Sha384, Sha512};

use super::HashAlgorithm;

/// The bytes are no digest of that algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {0} digest in hexadecimal")]
pub struct WrongLength(pub HashAlgorithm);

/// Longest digest of any [`HashAlgorithm`], in bytes.
const LONGEST: usize = 64;

/// The digest of a file's content. Orders by algorithm, then bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: HashAlgorithm,
    /// Zero behind the algorithm's length, so that derived comparison is right.
    bytes: [u8; LONGEST],
}

impl Digest {
    /// The digest with these bytes.
    ///
    /// # Errors
    /// [`WrongLength`] if they are not as many as the algorithm gives.
    pub fn new(algorithm: HashAlgorithm, digest: &[u8]) -> Result<Self, WrongLength> {
        if digest.len() != algorithm.digest_len() {
            return Err(WrongLength(algorithm));
        }
        let mut bytes = [0; LONGEST];
        bytes[..digest.len()].copy_from_slice(digest);
        Ok(Self { algorithm, bytes })
    }

    /// The digest that hexadecimal digits write, in either case.
    ///
    /// # Errors
    /// [`WrongLength`] if they are too few or too many, or if there is another character.
    pub fn from_hex(algorithm: HashAlgorithm, hex: &str) -> Result<Self, WrongLength> {
        let bytes = HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| WrongLength(algorithm))?;
        Self::new(algorithm, &bytes)
    }

    /// Hashes content that is held.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }

    /// The algorithm that made it.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Its bytes, as many as the algorithm gives.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_len()]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER_PERMISSIVE.encode(self.as_bytes()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.algorithm)
    }
}

/// How much is read at once, in bytes: from 16 KiB on, more makes it no faster.
const BUFFER: usize = 64 * 1024;

/// Hashes content piece by piece.
#[derive(Clone, Debug)]
pub struct Hasher(Sha2);

#[derive(Clone, Debug)]
enum Sha2 {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// A hasher of empty content.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Sha256 => Sha2::Sha256(Sha256::default()),
            HashAlgorithm::Sha384 => Sha2::Sha384(Sha384::default()),
            HashAlgorithm::Sha512 => Sha2::Sha512(Sha512::default()),
        })
    }

    /// Hashes the next piece.
    pub fn update(&mut self, content: &[u8]) {
        use sha2::Digest as _;
        match &mut self.0 {
            Sha2::Sha256(state) => state.update(content),
            Sha2::Sha384(state) => state.update(content),
            Sha2::Sha512(state) => state.update(content),
        }
    }

    /// Hashes all that the reader gives, up to its end. Returns how many bytes that was.
    ///
    /// # Errors
    /// The reader's; an interrupted read is repeated.
    pub fn update_from(&mut self, reader: &mut (impl Read + ?Sized)) -> io::Result<u64> {
        let mut buffer = vec![0; BUFFER];
        let mut total = 0;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(total),
                Ok(read) => {
                    self.update(&buffer[..read]);
                    total += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Digest {
        use sha2::Digest as _;
        let (algorithm, digest) = match self.0 {
            Sha2::Sha256(state) => (HashAlgorithm::Sha256, state.finalize().to_vec()),
            Sha2::Sha384(state) => (HashAlgorithm::Sha384, state.finalize().to_vec()),
            Sha2::Sha512(state) => (HashAlgorithm::Sha512, state.finalize().to_vec()),
        };
        Digest::new(algorithm, &digest).expect("each hash returns its own length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The empty file's digests, as sha*sum print them.
    #[test]
    fn empty_content() {
        for (algorithm, start) in [
            (HashAlgorithm::Sha256, "e3b0c442"),
            (HashAlgorithm::Sha384, "38b060a7"),
            (HashAlgorithm::Sha512, "cf83e135"),
        ] {
            let digest = Digest::of(algorithm, b"");
            assert!(digest.to_string().starts_with(start));
            assert_eq!(digest.as_bytes().len(), algorithm.digest_len());
            assert_eq!(Digest::from_hex(algorithm, &digest.to_string()), Ok(digest));
        }
    }

    #[test]
    fn a_length_of_another_algorithm_is_refused() {
        let digest = Digest::of(HashAlgorithm::Sha256, b"x").to_string();
        for bad in [&digest[2..], &digest[1..], &format!("{digest}00"), "", "zz"] {
            assert!(Digest::from_hex(HashAlgorithm::Sha256, bad).is_err());
        }
        assert!(Digest::from_hex(HashAlgorithm::Sha512, &digest).is_err());
    }

    #[test]
    fn a_reader_hashes_as_its_bytes_do() {
        let content = vec![7; BUFFER + 1];
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let read = hasher.update_from(&mut content.as_slice()).unwrap();
        assert_eq!(read, content.len() as u64);
        assert_eq!(hasher.finish(), Digest::of(HashAlgorithm::Sha256, &content));
    }
}
