//! Control files: paragraphs of lines `Field: value`.
//!
//! SPEC: deb822(5), as far as this program reads it: fields of one line.

use super::text::Text;

/// The fields between two empty lines.
#[derive(Clone, Copy, Debug)]
pub struct Paragraph<'a>(&'a [u8]);

impl<'a> Paragraph<'a> {
    /// The text of a control file that has one paragraph.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The paragraphs of a control file, in their order.
    pub fn all(text: &'a [u8]) -> impl Iterator<Item = Self> {
        let mut rest = Some(text);
        std::iter::from_fn(move || {
            let text = rest?;
            let end = text.windows(2).position(|at| at == b"\n\n");
            rest = end.map(|end| &text[end + 2..]);
            Some(Self(&text[..end.unwrap_or(text.len())]))
        })
    }

    /// The value of the first field of that name, in whichever case, without the spaces around it. Lines that continue
    /// a value begin with a space, so they are taken for no field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Text> {
        let mut lines = self.0.split(|&byte| byte == b'\n');
        lines.find_map(|line| {
            let (field, rest) = line.split_at_checked(name.len())?;
            let value = rest.strip_prefix(b":")?;
            let found = field.eq_ignore_ascii_case(name.as_bytes());
            found.then(|| value.trim_ascii().into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_their_paragraph() {
        let text =
            b"Package: a\nDescription: x\n Version: 0\n\nPACKAGE:b\nVersion:  1:2 \nVersion: 3";
        let rows: Vec<_> = Paragraph::all(text)
            .map(|paragraph| ["package", "Version"].map(|name| paragraph.field(name)))
            .collect();
        assert_eq!(
            rows,
            [
                [Some("a".into()), None],
                [Some("b".into()), Some("1:2".into())]
            ]
        );
        assert!(Paragraph::all(b"").all(|paragraph| paragraph.field("Package").is_none()));
    }
}
