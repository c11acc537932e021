//! The content of the first compressed stream of an input, whatever little lies behind it.

use std::io::{self, BufRead, Read};

/// Most memory that a decoder of xz or lzma may take, in bytes: a dictionary of 256 MiB, four times that of
/// `xz -9`, and its other tables. A dictionary is allocated as its header asks, and touched as it is filled.
/// For zstd the library's own limit holds, which dpkg leaves too: a window of 128 MiB.
pub(super) const LZMA_MEMORY_MAX: u64 = 257 << 20;

/// Most bytes behind a compressed stream.
///
/// SPEC: dpkg-deb's decompressor stops where the stream ends (`filter_lzma`, `filter_zstd`, `BZ2_bzread`,
/// `gzread`). The process that feeds it through a pipe then fails if it has more to write than a pipe holds: 64 KiB.
const BEHIND_MAX: u64 = 64 << 10;

/// Reads with a decoder whose content ends where its stream ends.
pub(super) struct FirstStream<D, R> {
    /// None once the end of the stream was read.
    decoder: Option<D>,
    /// Takes the decoder apart: its input, from the first byte that it has not read.
    rest: fn(D) -> Option<R>,
}

impl<D: Read, R: BufRead> FirstStream<D, R> {
    pub(super) fn new(decoder: D, rest: fn(D) -> Option<R>) -> Self {
        let decoder = Some(decoder);
        Self { decoder, rest }
    }
}

impl<D: Read, R: BufRead> Read for FirstStream<D, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(0);
        };
        let read = decoder.read(buffer).map_err(explained)?;
        if read == 0 && !buffer.is_empty() {
            let rest = self.decoder.take().and_then(self.rest);
            rest.map(ensure_little).transpose()?;
        }
        Ok(read)
    }
}

fn ensure_little(rest: impl BufRead) -> io::Result<()> {
    let behind = io::copy(&mut rest.take(BEHIND_MAX + 1), &mut io::sink())?;
    if behind > BEHIND_MAX {
        let what = format!("more than {BEHIND_MAX} bytes behind the compressed stream");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(())
}

/// Names the limit in liblzma's error, which says only that one was reached.
fn explained(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(liblzma::stream::Error::MemLimit) => io::Error::other(format!(
            "it takes more than {} MiB of memory",
            LZMA_MEMORY_MAX >> 20
        )),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Compression;
    use super::*;

    fn compressed(kind: Compression) -> Vec<u8> {
        let mut bytes = Vec::new();
        kind.compress(&mut bytes, |out| out.write_all(b"content"))
            .unwrap();
        bytes
    }

    fn read(kind: Compression, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        kind.decoder(bytes)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn little_behind_a_stream_is_passed_over() {
        for kind in [Compression::Gzip, Compression::Xz, Compression::Zstd] {
            let stream = compressed(kind);
            for (good, behind) in [
                (true, vec![0; 512]),
                (true, b"text".to_vec()),
                (true, vec![b'x'; BEHIND_MAX as usize]),
                (false, vec![b'x'; BEHIND_MAX as usize + 1]),
            ] {
                let read = read(kind, &[&stream[..], &behind].concat());
                assert_eq!(
                    read.ok().as_deref(),
                    good.then_some(&b"content"[..]),
                    "{kind:?}"
                );
            }
            for length in 1..stream.len() {
                // Two bytes of gzip are no gzip.
                if kind != Compression::Gzip || length > 2 {
                    assert!(read(kind, &stream[..length]).is_err(), "{kind:?} {length}");
                }
            }
        }
    }

    #[test]
    fn of_two_streams_the_first_counts_but_for_gzip() {
        for kind in [Compression::Xz, Compression::Zstd] {
            let twice = compressed(kind).repeat(2);
            assert_eq!(read(kind, &twice).unwrap(), b"content", "{kind:?}");
        }
        let twice = compressed(Compression::Gzip).repeat(2);
        assert_eq!(read(Compression::Gzip, &twice).unwrap(), b"contentcontent");
    }
}
