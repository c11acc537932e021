//! Writes a list as text; [`super::read`] reads it.

use std::io::{self, Write};

use data_encoding::BASE64;

use super::{Entry, FIRST_LINE, List, escaped};

impl List {
    /// Writes the list. The same list always gives the same bytes.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{FIRST_LINE}")?;
        self.entries()
            .iter()
            .try_for_each(|entry| entry.write_to(out))
    }

    /// The number of bytes that [`Self::write_to`] writes.
    #[must_use]
    pub fn written_len(&self) -> u64 {
        let mut length = Length(0);
        self.write_to(&mut length).expect("counting cannot fail");
        length.0
    }

    /// Whether [`Self::write_to`] writes exactly these bytes; they are compared without being written.
    #[must_use]
    pub fn is_written_as(&self, bytes: &[u8]) -> bool {
        let mut expected = Expected(Some(bytes));
        self.write_to(&mut expected).expect("comparing cannot fail");
        expected.0.is_some_and(<[u8]>::is_empty)
    }
}

impl Entry {
    fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        write!(
            out,
            "./{} type=file size={} {}={} security.ima={}",
            escaped(self.path.as_bytes()),
            self.size,
            self.digest.algorithm(),
            self.digest,
            BASE64.encode(&self.signature.to_bytes()),
        )?;
        if let Some(keywords) = &self.unknown {
            write!(out, " {keywords}")?;
        }
        writeln!(out)
    }
}

/// Counts the bytes written to it.
struct Length(u64);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes that are still expected to be written to it; none once others were written.
struct Expected<'a>(Option<&'a [u8]>);

impl Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.and_then(|rest| rest.strip_prefix(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_known_again() {
        let list = List::default();
        let mut bytes = Vec::new();
        list.write_to(&mut bytes).unwrap();
        assert!(list.is_written_as(&bytes));
        for other in [
            &b""[..],
            &bytes[1..],
            &bytes[..bytes.len() - 1],
            &[&bytes[..], b"\n"].concat(),
        ] {
            assert!(!list.is_written_as(other));
        }
    }
}
