//! A digest that knows its algorithm and always has that algorithm's length.

use std::fmt;
use std::io::{self, Read};

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Sha256, Sha384, Sha512};

/// The hash algorithms that we sign with; the kernel knows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256, the default.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in a signature list and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The inverse of [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The number in `security.ima`.
    ///
    /// SPEC: `enum hash_algo`, `include/uapi/linux/hash_info.h`.
    #[must_use]
    pub const fn kernel_number(self) -> u8 {
        match self {
            Self::Sha256 => 4,
            Self::Sha384 => 5,
            Self::Sha512 => 6,
        }
    }

    /// The inverse of [`Self::kernel_number`].
    #[must_use]
    pub fn from_kernel_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.kernel_number() == number)
    }

    /// Length of a digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The bytes are not a digest of the algorithm named with them.
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
    /// Takes the bytes of a digest, which must have the algorithm's length.
    ///
    /// # Errors
    /// [`WrongLength`] if they have not.
    pub fn new(algorithm: HashAlgorithm, digest: &[u8]) -> Result<Self, WrongLength> {
        if digest.len() != algorithm.digest_len() {
            return Err(WrongLength(algorithm));
        }
        let mut bytes = [0; LONGEST];
        bytes[..digest.len()].copy_from_slice(digest);
        Ok(Self { algorithm, bytes })
    }

    /// Reads hexadecimal digits in either case.
    ///
    /// # Errors
    /// [`WrongLength`] if they are too few, too many or no such digits.
    pub fn from_hex(algorithm: HashAlgorithm, hex: &str) -> Result<Self, WrongLength> {
        let bytes = HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| WrongLength(algorithm))?;
        Self::new(algorithm, &bytes)
    }

    /// The digest of bytes at hand.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }

    /// Which algorithm made it.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The bytes, as many as the algorithm gives.
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

/// A digest being made, piece by piece.
#[derive(Clone, Debug)]
pub enum Hasher {
    /// A SHA-256 in the making.
    Sha256(Sha256),
    /// A SHA-384 in the making.
    Sha384(Sha384),
    /// A SHA-512 in the making.
    Sha512(Sha512),
}

impl Hasher {
    /// How much of a file is read at once, in bytes: past 16 KiB the rate does not grow any more.
    pub const BUFFER: usize = 64 * 1024;

    /// Nothing hashed yet.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(Sha256::default()),
            HashAlgorithm::Sha384 => Self::Sha384(Sha384::default()),
            HashAlgorithm::Sha512 => Self::Sha512(Sha512::default()),
        }
    }

    /// Adds content.
    pub fn update(&mut self, content: &[u8]) {
        use sha2::Digest as _;
        match self {
            Self::Sha256(state) => state.update(content),
            Self::Sha384(state) => state.update(content),
            Self::Sha512(state) => state.update(content),
        }
    }

    /// Adds all that the reader still gives; returns how many bytes that was.
    ///
    /// # Errors
    /// The reader's.
    pub fn update_from(&mut self, reader: &mut (impl Read + ?Sized)) -> io::Result<u64> {
        let mut buffer = vec![0; Self::BUFFER];
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

    /// The digest of all that was added.
    #[must_use]
    pub fn finish(self) -> Digest {
        use sha2::Digest as _;
        let (algorithm, digest) = match self {
            Self::Sha256(state) => (HashAlgorithm::Sha256, state.finalize().to_vec()),
            Self::Sha384(state) => (HashAlgorithm::Sha384, state.finalize().to_vec()),
            Self::Sha512(state) => (HashAlgorithm::Sha512, state.finalize().to_vec()),
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
        let content = vec![7; Hasher::BUFFER + 1];
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let read = hasher.update_from(&mut content.as_slice()).unwrap();
        assert_eq!(read, content.len() as u64);
        assert_eq!(hasher.finish(), Digest::of(HashAlgorithm::Sha256, &content));
    }
}
