//! How `load` and the `download` process that it starts speak: names there, lists back, a round for each source.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use super::ask::Delivered;
use super::limits::FETCHED_MAX;
use super::trouble::TroubleCause;
use crate::format::tree::ListName;

/// Longest line, in bytes.
const LINE_MAX: u64 = 8 << 10;

/// Asks the next source for these lists.
pub(super) fn write_names(out: &mut impl Write, names: &[ListName]) -> io::Result<()> {
    for name in names {
        writeln!(out, "{}", name.path())?;
    }
    writeln!(out)?;
    out.flush()
}

/// What [`write_names`] wrote; none at the end.
pub(super) fn read_names(input: &mut impl BufRead) -> io::Result<Option<Vec<ListName>>> {
    let mut names = Vec::new();
    while let Some(line) = read_line(input)? {
        if line.is_empty() {
            return Ok(Some(names));
        }
        names.push(ListName::parse(&line).ok_or(ErrorKind::InvalidData)?);
    }
    Ok(None)
}

/// A part of the answer to a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A list.
    Delivered(Delivered),
    /// So many lists could not be fetched.
    Trouble(usize, TroubleCause),
    /// That was all.
    Done,
}

impl Answer {
    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Delivered(list) => {
                let whole = if list.is_whole { "list" } else { "part" };
                writeln!(out, "{whole} {} {}", list.index, list.bytes.len())?;
                out.write_all(&list.bytes)
            }
            Self::Trouble(count, TroubleCause::Time) => writeln!(out, "late {count} -"),
            Self::Trouble(count, TroubleCause::Size) => writeln!(out, "large {count} -"),
            Self::Trouble(count, TroubleCause::Other(text)) => {
                writeln!(out, "trouble {count} {text}")
            }
            Self::Done => writeln!(out, "done - -"),
        }
    }

    /// Reads one part.
    pub(super) fn read_from(input: &mut impl BufRead) -> io::Result<Self> {
        let line = read_line(input)?.ok_or(ErrorKind::UnexpectedEof)?;
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().ok_or(ErrorKind::InvalidData);
        let (kind, number, rest) = (word()?, word()?, word()?);
        if kind == "done" {
            return Ok(Self::Done);
        }
        let number = number.parse().map_err(|_| ErrorKind::InvalidData)?;
        Ok(match kind {
            "list" | "part" => Self::Delivered(Delivered {
                index: number,
                bytes: read_bytes(input, rest)?,
                is_whole: kind == "list",
            }),
            "late" => Self::Trouble(number, TroubleCause::Time),
            "large" => Self::Trouble(number, TroubleCause::Size),
            "trouble" => Self::Trouble(number, TroubleCause::Other(rest.into())),
            _ => return Err(ErrorKind::InvalidData.into()),
        })
    }
}

fn read_bytes(input: &mut impl BufRead, length: &str) -> io::Result<Vec<u8>> {
    let length: u64 = length.parse().map_err(|_| ErrorKind::InvalidData)?;
    if length > FETCHED_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    let read = input.take(length).read_to_end(&mut bytes)?;
    match read as u64 == length {
        true => Ok(bytes),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// A line without its line feed; none at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if input.take(LINE_MAX).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    match line.pop() {
        Some('\n') => Ok(Some(line)),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        let name = |package: &str| {
            ListName::new(&package.into(), &"1:2~".into(), &"amd64".into()).unwrap()
        };
        let rounds = [vec![name("a"), name("libc6")], vec![], vec![name("b")]];
        let mut bytes = Vec::new();
        for names in &rounds {
            write_names(&mut bytes, names).unwrap();
        }
        let mut input = &bytes[..];
        for names in &rounds {
            assert_eq!(read_names(&mut input).unwrap().as_ref(), Some(names));
        }
        assert_eq!(read_names(&mut input).unwrap(), None);
        for bad in ["x\n\n", "../x\n\n", "a/a/a_1_all.imasigs.zst"] {
            assert!(read_names(&mut bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn answers_come_as_they_were_given() {
        let list = |is_whole| {
            Answer::Delivered(Delivered {
                index: 7,
                bytes: b"done - -\n\0".to_vec(),
                is_whole,
            })
        };
        let answers = [
            list(true),
            list(false),
            Answer::Trouble(2, TroubleCause::Time),
            Answer::Trouble(1, TroubleCause::Size),
            Answer::Trouble(1, TroubleCause::Other("could not connect".into())),
            Answer::Done,
        ];
        let mut bytes = Vec::new();
        for answer in &answers {
            answer.write_to(&mut bytes).unwrap();
        }
        let mut input = &bytes[..];
        for answer in answers {
            assert_eq!(Answer::read_from(&mut input).unwrap(), answer);
        }
        for bad in [
            "",
            "list 1\n",
            "list 1 5\nabc",
            "list x 1\na",
            "list 1 999999999999\n",
            "x 1 1\n",
        ] {
            assert!(Answer::read_from(&mut bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
