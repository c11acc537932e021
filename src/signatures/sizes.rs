//! The sizes of a segment's contents, in memory.
//!
//! SECURITY: the guard's event reader asks for the size of every file that anybody opens. To search the mapped segment for it
//! would read pages from a disk that may be slow, or hang, and every open on the machine would wait.

use super::layout::{RECORD, Record};
use crate::format::ima::HashAlgorithm;

/// A size, and the algorithms by which contents of that size are signed: a bit for each, by the kernel's number.
type Row = (u64, u32);

/// Bytes of memory for each different size. There are at most as many as records, so all of them take at most a sixth of
/// what the records take on disk.
const ROW: usize = size_of::<Row>();
const _: () = assert!(ROW * 6 <= RECORD);

/// Every size of which there is a record, ascending.
#[derive(Debug, Default)]
pub(super) struct Sizes(Vec<Row>);

impl Sizes {
    /// The sizes of all records. Those of a segment are sorted, unless they are damaged.
    pub(super) fn of<'a>(records: impl Iterator<Item = Record<'a>>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for (size, algorithms) in records.filter_map(|record| row_of(&record)) {
            match rows.last_mut() {
                Some((last, known)) if *last == size => *known |= algorithms,
                _ => rows.push((size, algorithms)),
            }
        }
        rows.sort_by_key(|(size, _)| *size);
        rows.dedup_by(|next, first| {
            let same = next.0 == first.0;
            first.1 |= if same { next.1 } else { 0 };
            same
        });
        rows.shrink_to_fit();
        Self(rows)
    }

    /// By which algorithms contents of that size are signed; none if none is.
    pub(super) fn algorithms_of(&self, size: u64) -> impl Iterator<Item = HashAlgorithm> + use<> {
        let found = self.0.binary_search_by_key(&size, |(known, _)| *known);
        let algorithms = found.map_or(0, |at| self.0[at].1);
        let all = HashAlgorithm::ALL.into_iter();
        all.filter(move |algorithm| algorithms & bit_of(*algorithm) != 0)
    }
}

fn row_of(record: &Record<'_>) -> Option<Row> {
    let algorithm = HashAlgorithm::from_kernel_number(record.algorithm()?)?;
    Some((record.size()?, bit_of(algorithm)))
}

const fn bit_of(algorithm: HashAlgorithm) -> u32 {
    1 << algorithm.kernel_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u64, number: u8) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[..8].copy_from_slice(&size.to_le_bytes());
        record[8] = number;
        record
    }

    /// Damaged records may have any order, and any algorithm.
    #[test]
    fn each_size_once_whatever_the_order() {
        let number = HashAlgorithm::kernel_number;
        let (sha256, sha512) = (HashAlgorithm::Sha256, HashAlgorithm::Sha512);
        let records = [
            record(7, number(sha256)),
            record(7, number(sha512)),
            record(u64::MAX, number(sha512)),
            record(3, number(sha256)),
            record(7, number(sha256)),
            record(5, 255),
        ];
        let sizes = Sizes::of(records.iter().map(|record| Record(record)));
        let found = |size| sizes.algorithms_of(size).collect::<Vec<_>>();
        assert_eq!(found(7), [sha256, sha512]);
        assert_eq!(found(3), [sha256]);
        assert_eq!(found(u64::MAX), [sha512]);
        assert_eq!((found(5), found(0)), (vec![], vec![]));
        assert_eq!(sizes.0.len(), 3);
    }
}
