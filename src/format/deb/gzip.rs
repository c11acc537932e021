//! gzip by the rules of zlib's `gzread`, with which dpkg reads it: any number of streams, then any bytes.
//!
//! SPEC: zlib, `gz_look` in gzread.c. Input that does not begin like a gzip stream is taken as not compressed; bytes
//! behind a stream that do not begin like one are passed over.

use std::io::{self, BufRead, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

/// SPEC: RFC 1952, ID1 and ID2.
const MAGIC: &[u8] = b"\x1f\x8b";

/// The bytes that were looked at, and the rest.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the decompressed content.
pub(super) struct GzipReader<R> {
    state: GzipState<R>,
}

enum GzipState<R> {
    /// Within a stream.
    Stream(Box<GzDecoder<Input<R>>>),
    /// Not compressed.
    Plain(Input<R>),
    /// Behind the last stream.
    End(Input<R>),
    /// Between two streams, while their reader changes hands; and behind an error there.
    Moving,
}

impl<R: BufRead> GzipReader<R> {
    pub(super) fn new(input: R) -> io::Result<Self> {
        let input = look_at(input)?;
        let state = match input.get_ref().0.get_ref().as_slice() {
            MAGIC => GzipState::Stream(Box::new(GzDecoder::new(input))),
            _ => GzipState::Plain(input),
        };
        Ok(Self { state })
    }

    /// The input, from the first byte that was not read.
    pub(super) fn into_inner(self) -> Option<impl BufRead> {
        match self.state {
            GzipState::End(input) | GzipState::Plain(input) => Some(input),
            GzipState::Stream(decoder) => Some(decoder.into_inner()),
            GzipState::Moving => None,
        }
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.state {
                GzipState::Stream(decoder) => decoder.read(buffer)?,
                GzipState::Plain(input) => return input.read(buffer),
                GzipState::End(_) | GzipState::Moving => return Ok(0),
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            if let GzipState::Stream(decoder) =
                std::mem::replace(&mut self.state, GzipState::Moving)
            {
                self.state = behind(*decoder)?;
            }
        }
    }
}

/// Looks for another stream behind one.
fn behind<R: BufRead>(decoder: GzDecoder<Input<R>>) -> io::Result<GzipState<R>> {
    // The decoder has read behind the two bytes: nothing of them is left.
    let (_, rest) = decoder.into_inner().into_inner();
    let input = look_at(rest)?;
    Ok(match input.get_ref().0.get_ref().as_slice() {
        MAGIC => GzipState::Stream(Box::new(GzDecoder::new(input))),
        _ => GzipState::End(input),
    })
}

/// Looks at the first two bytes of the input, or fewer if there are no more.
fn look_at<R: BufRead>(mut input: R) -> io::Result<Input<R>> {
    let mut start = Vec::new();
    input
        .by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    Ok(Cursor::new(start).chain(input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn read(input: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        // One byte at a time: where the buffer ends must not matter.
        let input = io::BufReader::with_capacity(1, input);
        GzipReader::new(input)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn as_gzread_reads_it() {
        let (a, b) = (gzip(b"one "), gzip(b"two"));
        for (content, parts) in [
            (&b"one "[..], &[&a[..]][..]),
            (b"one two", &[&a, &b]),
            (b"one ", &[&a, b"x"]),
            (b"one ", &[&a, b"\x1f"]),
            (b"one ", &[&a, &[0; 600], &b]),
            (b"not compressed", &[b"not compressed"]),
            (b"\x1f", &[b"\x1f"]),
            (b"", &[]),
        ] {
            assert_eq!(read(&parts.concat()).unwrap(), content, "{parts:?}");
        }
        for bad in [
            &a[..a.len() - 1],
            &[&a, &b"\x1f\x8b"[..]].concat(),
            &[&a, &b"\x1f\x8bgarbage of some length"[..]].concat(),
            &[&a, &b[..9]].concat(),
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
