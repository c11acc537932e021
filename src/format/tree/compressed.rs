//! A list as a tree has it: one frame of zstd.

use std::io::{self, BufRead, BufReader, Write};

use zstd::stream::{read::Decoder, write::Encoder};

use super::{COMPRESSED_MAX, TreeError};
use crate::format::imasigs::{Entry, List, ListError, Parser, Problem};

/// Level of compression. Nothing repeats in signatures, so searching longer finds nothing: level 19 takes thirty times
/// as long for 0.3 % less.
const LEVEL: i32 = 1;

/// Base 2 logarithm of the memory that reading takes at most: 8 MiB, what RFC 8878 (3.1.1.1.2) wants every decoder to
/// support. `zstd -19` stays below it.
const WINDOW_LOG_MAX: u32 = 23;

/// Compresses a list. The same list always gives the same bytes.
///
/// # Errors
/// The writer's.
pub fn compress(list: &List, output: impl Write) -> io::Result<()> {
    let mut encoder = Encoder::new(output, LEVEL)?;
    // What a broken disk or a cut transfer leaves is noticed where it is read.
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(list.written_len()))?;
    list.write_to(&mut encoder)?;
    encoder.finish().map(drop)
}

/// Reads a file of a tree, giving each entry to `visit` and holding no more than that one. SECURITY: the compressed
/// bytes, the memory of the decoder, and by the [`Parser`] the decompressed bytes, entries and lines are limited.
///
/// # Errors
/// If it is damaged, over a limit, or no list. Entries before the fault were visited already.
pub fn decompress(input: impl BufRead, mut visit: impl FnMut(Entry)) -> Result<(), TreeError> {
    let mut decoder = Decoder::with_buffer(input.take(COMPRESSED_MAX + 1))?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    let mut content = BufReader::new(&mut decoder);
    let read = Parser::new(&mut content).and_then(|entries| {
        for entry in entries {
            visit(entry?);
        }
        Ok::<_, ListError>(())
    });
    drop(content);
    let mut rest = decoder.finish();
    if rest.limit() == 0 {
        return Err(TreeError::TooLarge);
    }
    match read {
        Err(ListError {
            problem: Problem::Io(error),
            ..
        }) => return Err(error.into()),
        read => read?,
    }
    match rest.fill_buf()? {
        [] => Ok(()),
        _ => Err(TreeError::Behind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
    use crate::format::imasigs::LIST_MAX;
    use crate::format::package_path::PackagePath;

    fn list(entries: u32) -> List {
        let entry = |number: u32| {
            let path = format!("usr/bin/{number:06}");
            Entry {
                path: PackagePath::new(path.as_bytes()).unwrap(),
                size: number.into(),
                digest: Digest::of(HashAlgorithm::Sha256, path.as_bytes()),
                signature: Signature::new(HashAlgorithm::Sha256, KeyId(number), &[9; 256]).unwrap(),
                unknown: None,
            }
        };
        List::new((0..entries).map(entry).collect())
    }

    fn compressed(list: &List) -> Vec<u8> {
        let mut bytes = Vec::new();
        compress(list, &mut bytes).unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<List, TreeError> {
        let mut entries = Vec::new();
        decompress(bytes, |entry| entries.push(entry))?;
        Ok(List::new(entries))
    }

    /// What zstd makes of any bytes, with the window of that logarithm.
    fn frame(content: &[u8], window_log: u32) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new(), 19).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_compressed_is_read_and_always_the_same() {
        for entries in [0, 1, 5000] {
            let list = list(entries);
            let bytes = compressed(&list);
            assert_eq!(bytes, compressed(&list));
            assert_eq!(read(&bytes).unwrap(), list);
        }
    }

    #[test]
    fn a_cut_or_a_changed_byte_gives_no_other_list() {
        let list = list(20);
        let good = compressed(&list);
        for at in 0..good.len() {
            assert!(read(&good[..at]).is_err(), "{at}");
            let mut changed = good.clone();
            changed[at] ^= 0x10;
            // A frame's header has a bit that nobody reads.
            assert!(read(&changed).map_or(true, |read| read == list), "{at}");
        }
    }

    #[test]
    fn one_frame_and_nothing_behind() {
        let good = compressed(&list(1));
        let skippable = b"\x50\x2a\x4d\x18\x01\0\0\0x";
        for behind in [&good[..], skippable, b"x"] {
            let error = read(&[&good, behind].concat()).unwrap_err();
            assert!(matches!(error, TreeError::Behind), "{error}");
        }
        assert!(read(b"#mtree v2.0\n").is_err());
        assert!(read(&frame(b"#mtree v2.0", 20)).is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn a_bomb_is_refused_where_its_limit_is_reached() {
        let comment = format!("#{}\n", "x".repeat(30_000));
        let mut encoder = Encoder::new(Vec::new(), LEVEL).unwrap();
        let mut written = 0;
        encoder.write_all(b"#mtree v2.0\n").unwrap();
        while written <= LIST_MAX {
            encoder.write_all(comment.as_bytes()).unwrap();
            written += comment.len() as u64;
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 1 << 20);
        let error = read(&bomb).unwrap_err();
        assert!(matches!(error, TreeError::List(_)), "{error}");

        let large = format!("#mtree v2.0\n{}", comment.repeat(700));
        assert!(read(&frame(large.as_bytes(), WINDOW_LOG_MAX)).is_ok());
        assert!(read(&frame(large.as_bytes(), WINDOW_LOG_MAX + 1)).is_err());
    }

    /// Empty blocks decompress to nothing for ever: then the compressed bytes are what ends it.
    #[test]
    fn a_frame_without_end_is_refused() {
        let header = b"\x28\xb5\x2f\xfd\x00\x58";
        let endless = io::Read::chain(&header[..], io::repeat(0));
        let read = decompress(BufReader::new(endless), drop);
        assert!(matches!(read, Err(TreeError::TooLarge)), "{read:?}");
    }
}
