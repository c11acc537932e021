//! A part of the packages, for one of several machines.

use std::fmt;
use std::str::FromStr;

use crate::format::decimal::decimal;
use crate::format::ima::{Digest, HashAlgorithm};

/// Part I of N. Prints as `I-of-N`, which a file may be named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `count`.
    number: u32,
    count: u32,
}

/// The text is no `I/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not I/N with I from 1 to N, and N up to {}", Shard::COUNT_MAX)]
pub struct NoShard;

impl Shard {
    /// Most shards.
    const COUNT_MAX: u32 = 10_000;

    /// Whether it has the packages that are built from that source package: by the name's SHA-256, so that all of them are in
    /// one shard, and stay there.
    #[must_use]
    pub fn covers(&self, source: &[u8]) -> bool {
        let digest = Digest::of(HashAlgorithm::Sha256, source);
        let first = digest.as_bytes().iter().take(8);
        let number = first.fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        number % u64::from(self.count) == u64::from(self.number - 1)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, count) = text.split_once('/').ok_or(NoShard)?;
        let numbers = decimal(number.as_bytes()).zip(decimal(count.as_bytes()));
        let (number, count) = numbers.ok_or(NoShard)?;
        let good = (1..=Self::COUNT_MAX).contains(&count) && (1..=count).contains(&number);
        good.then_some(Self { number, count }).ok_or(NoShard)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-of-{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_in_one_shard_and_all_shards_have_some() {
        let shards: Vec<Shard> = (1..=5)
            .map(|number| format!("{number}/5").parse().unwrap())
            .collect();
        let mut sources = [0; 5];
        for source in 0..1000 {
            let name = format!("source{source}");
            let covering: Vec<_> = (0..5)
                .filter(|&shard| shards[shard].covers(name.as_bytes()))
                .collect();
            assert_eq!(covering.len(), 1, "{name}");
            sources[covering[0]] += 1;
        }
        assert!(sources.iter().all(|&count| count > 150), "{sources:?}");
        // It stays so in later versions, or two machines would sign one package, and none another.
        assert!("1/2".parse::<Shard>().unwrap().covers(b"glibc"));
        assert!("2/2".parse::<Shard>().unwrap().covers(b"dash"));
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        assert_eq!("3/4".parse::<Shard>().unwrap().to_string(), "3-of-4");
        for bad in [
            "", "1", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "1/10001", "a/b", " 1/2",
        ] {
            assert_eq!(bad.parse::<Shard>(), Err(NoShard), "{bad}");
        }
    }
}
