//! A list from text, line by line and strictly. [`super::write`] is the other direction.

use std::io::{BufRead, Read};

use super::line::parse_entry;
use super::{ENTRIES_MAX, Entry, FIRST_LINE, LINE_MAX, LIST_MAX, List, ListError, Problem};
use crate::format::package_path::PackagePath;

impl List {
    /// Reads a whole list.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn read_from(input: impl BufRead) -> Result<Self, ListError> {
        let entries = Parser::new(input)?.collect::<Result<_, _>>()?;
        Ok(Self::new(entries))
    }
}

/// Gives the entries one by one, holding no more than one. Ends at the first error.
#[derive(Debug)]
pub struct Parser<R> {
    input: R,
    line: usize,
    entries: usize,
    /// Bytes that may still follow.
    left: u64,
    last: Option<PackagePath>,
    failed: bool,
}

impl<R: BufRead> Parser<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// If that is not [`FIRST_LINE`].
    pub fn new(input: R) -> Result<Self, ListError> {
        let mut parser = Self {
            input,
            line: 0,
            entries: 0,
            left: LIST_MAX,
            last: None,
            failed: false,
        };
        match parser.read_line() {
            Ok(Some(line)) if line == FIRST_LINE => Ok(parser),
            Ok(_) => Err(parser.error(Problem::FirstLine)),
            Err(problem) => Err(parser.error(problem)),
        }
    }

    fn error(&self, problem: Problem) -> ListError {
        let line = self.line;
        ListError { line, problem }
    }

    /// The next line without its line feed; none at the end.
    fn read_line(&mut self) -> Result<Option<String>, Problem> {
        self.line += 1;
        let mut line = Vec::new();
        let limit = LINE_MAX as u64 + 1;
        self.input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)?;
        let left = self.left.checked_sub(line.len() as u64);
        self.left = left.ok_or(Problem::ListTooLong)?;
        match line.pop() {
            None => Ok(None),
            Some(b'\n')
                if line
                    .iter()
                    .all(|&byte| byte == b' ' || byte.is_ascii_graphic()) =>
            {
                Ok(Some(String::from_utf8(line).expect("checked to be ASCII")))
            }
            Some(b'\n') if self.line == 1 => Err(Problem::FirstLine),
            Some(b'\n') => Err(Problem::Byte),
            Some(_) if line.len() >= LINE_MAX => Err(Problem::TooLong),
            Some(_) => Err(Problem::Truncated),
        }
    }

    /// The next entry; blank lines and comments are passed over, as mtree(5) has it.
    fn read_entry(&mut self) -> Result<Option<Entry>, Problem> {
        while let Some(line) = self.read_line()? {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(Problem::TooMany);
            }
            let entry = parse_entry(&line)?;
            if self.last.as_ref().is_some_and(|last| *last >= entry.path) {
                return Err(Problem::Order);
            }
            self.last = Some(entry.path.clone());
            return Ok(Some(entry));
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Parser<R> {
    type Item = Result<Entry, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let entry = self.read_entry().map_err(|problem| self.error(problem));
        self.failed = entry.is_err();
        entry.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
    use crate::format::imasigs::KEYS_MAX;

    fn entry(path: &[u8]) -> Entry {
        let digest = Digest::of(HashAlgorithm::Sha256, path);
        Entry {
            path: PackagePath::new(path).unwrap(),
            size: path.len() as u64,
            digest,
            signature: Signature::new(HashAlgorithm::Sha256, KeyId(7), &[1, 2, 3]).unwrap(),
            unknown: None,
        }
    }

    fn text(list: &List) -> String {
        let mut text = Vec::new();
        list.write_to(&mut text).unwrap();
        assert_eq!(text.len() as u64, list.written_len());
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let mut first = entry(b"usr/bin/x y\n#\xff");
        first.unknown = Some("future=1 nochange".into());
        let list = List::new(vec![entry(b"usr/bin/z"), first, entry(b"DEBIAN/preinst")]);
        assert_eq!(List::read_from(text(&list).as_bytes()).unwrap(), list);
        assert_eq!(list.entries()[0].path.as_bytes(), b"DEBIAN/preinst");
        assert!(list.get(&PackagePath::new(b"usr/bin/z").unwrap()).is_some());
        let comments = text(&list).replace("\n./usr/bin/z", "\n\n# why\n./usr/bin/z");
        assert_eq!(List::read_from(comments.as_bytes()).unwrap(), list);
    }

    #[test]
    fn an_empty_list_has_its_first_line() {
        assert_eq!(text(&List::default()), "#mtree v2.0\n");
        assert_eq!(
            List::read_from("#mtree v2.0\n".as_bytes()).unwrap(),
            List::default()
        );
    }

    /// One good list, broken in one place at a time: the error names the line and the reason.
    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
        let sha = &Digest::of(HashAlgorithm::Sha256, b"a").to_string();
        for (from, to, at, why) in [
            ("v2.0", "v3.0", 1, "first line"),
            ("#mtree", "\x1bmtree", 1, "first line"),
            ("./b", "./a", 3, "duplicate or out of order"),
            ("./b", "./Z", 3, "duplicate or out of order"),
            ("./a", "a", 2, "begin with './'"),
            ("./a", "./a/../b", 2, "component"),
            ("./a", r"./a\9", 2, "escape"),
            ("./a", "./\u{e9}", 2, "printable"),
            ("size=1", "size=1 size=1", 2, "duplicate key 'size'"),
            ("size=1", "future future", 2, "duplicate key 'future'"),
            ("size=1", "size=+1", 2, "size"),
            ("size=1", "size=99999999999999999999", 2, "size"),
            ("size=1 ", "", 2, "no key 'size'"),
            ("type=file", "type=dir", 2, "type"),
            ("type=file ", "", 2, "no key 'type'"),
            (&sha[1..], "", 2, "not a sha256 digest"),
            ("sha256", "sha512", 2, "not a sha512 digest"),
            ("sha256", "md5", 2, "no key 'sha256'"),
            ("security.ima=Aw", "security.ima=A!", 2, "base64"),
            ("BwAD", "BwAE", 2, "size field"),
            ("security.ima=Aw", "security.ima=BA", 2, "not a signature"),
            ("security.ima=AwIE", "security.ima=AwIG", 2, "over sha512"),
            ("security.ima=", "evm=", 2, "no key 'security.ima'"),
        ] {
            let broken = good.replacen(from, to, 1);
            assert_ne!(broken, good, "{from}");
            let error = List::read_from(broken.as_bytes()).unwrap_err();
            assert_eq!(error.line, at, "{from} to {to}: {error}");
            assert!(error.to_string().contains(why), "{from} to {to}: {error}");
        }
    }

    #[test]
    fn a_cut_is_noticed_wherever_it_falls_within_a_line() {
        let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
        for length in 0..good.len() {
            let cut = List::read_from(&good.as_bytes()[..length]);
            assert_eq!(cut.is_ok(), good[..length].ends_with('\n'), "{length}");
        }
    }

    #[test]
    fn lines_have_a_limit() {
        let long = format!("{FIRST_LINE}\n./{}", "a".repeat(LINE_MAX * 4));
        let error = List::read_from(long.as_bytes()).unwrap_err();
        assert!(matches!(error.problem, Problem::TooLong));
    }

    #[test]
    fn an_entry_has_few_keys_and_the_known_ones_are_among_them() {
        let good = text(&List::new(vec![entry(b"a")]));
        let with = |unknown: usize| {
            let keys: String = (0..unknown).map(|key| format!(" k{key}=")).collect();
            List::read_from(good.replace(" type", &format!("{keys} type")).as_bytes())
        };
        let list = with(KEYS_MAX - 4).unwrap();
        assert!(text(&list).contains(" k0= k1= "));
        let error = with(KEYS_MAX - 3).unwrap_err();
        assert!(matches!(error.problem, Problem::TooManyKeys), "{error}");
    }

    #[test]
    fn lists_have_a_limit() {
        let good = text(&List::new(vec![entry(b"a"), entry(b"b")]));
        let read = |bytes_left, entries| {
            let mut parser = Parser::new(good.as_bytes()).unwrap();
            (parser.left, parser.entries) = (bytes_left, entries);
            parser.collect::<Result<Vec<_>, _>>()
        };
        let rest = (good.len() - FIRST_LINE.len() - 1) as u64;
        assert_eq!(read(rest, ENTRIES_MAX - 2).unwrap().len(), 2);
        let error = read(rest - 1, 0).unwrap_err();
        assert!(matches!(error.problem, Problem::ListTooLong), "{error}");
        let error = read(rest, ENTRIES_MAX - 1).unwrap_err();
        assert!(matches!(error.problem, Problem::TooMany), "{error}");
    }
}
