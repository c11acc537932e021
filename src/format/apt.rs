//! The input of apt's hook `DPkg::Pre-Install-Pkgs`: the .debs that apt is about to have unpacked.
//!
//! SPEC: apt.conf(5), version 1 of the protocol: the absolute path of each .deb, one a line, on standard input.

use std::ffi::OsString;
use std::io::{self, BufRead, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Longest line that is read, in bytes without its line feed. SPEC: `PATH_MAX`, less the NUL: no longer path
/// can be opened.
pub const LINE_MAX: usize = 4095;

/// A line of the hook's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookLine {
    /// The absolute path of a .deb.
    Deb(PathBuf),
    /// A line over [`LINE_MAX`], or no absolute path: its meaning is not known.
    Other,
}

/// The lines of the input, one by one, so that no more than one is held. Empty lines are passed over; the last one
/// needs no line feed. Ends at the first error.
pub fn lines(mut input: impl BufRead) -> impl Iterator<Item = io::Result<HookLine>> {
    let mut failed = false;
    std::iter::from_fn(move || {
        while !failed {
            match read_line(&mut input) {
                Ok(Some(line)) if line.is_empty() => {}
                Ok(line) => return line.map(|line| Ok(parse(line))),
                Err(error) => {
                    failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    })
}

fn parse(line: Vec<u8>) -> HookLine {
    let path = PathBuf::from(OsString::from_vec(line));
    let fits = path.is_absolute() && path.as_os_str().len() <= LINE_MAX;
    if fits {
        HookLine::Deb(path)
    } else {
        HookLine::Other
    }
}

/// The next line without its line feed, cut off one byte after [`LINE_MAX`]; none at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = LINE_MAX as u64 + 1;
    if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.ends_with(b"\n") {
        line.pop();
    } else if line.len() > LINE_MAX {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Vec<HookLine> {
        lines(input).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn paths_as_apt_writes_them() {
        let deb = |path: &str| HookLine::Deb(path.into());
        let path = "/var/cache/apt/archives/a_1%3a1_all.deb";
        assert_eq!(read(b""), []);
        assert_eq!(
            read(format!("{path}\n\n/b c.deb").as_bytes()),
            [deb(path), deb("/b c.deb")]
        );
    }

    #[test]
    fn what_is_no_path_does_not_hide_the_next() {
        let longest = format!("/{}", "x".repeat(LINE_MAX - 1));
        for (line, known) in [
            (longest.clone(), true),
            (format!("{longest}x"), false),
            (format!("{longest}{}", "x".repeat(100_000)), false),
            ("VERSION 3".into(), false),
            ("relative.deb".into(), false),
        ] {
            let found = read(format!("{line}\n/next\n").as_bytes());
            assert_eq!(found.len(), 2, "{}", line.len());
            assert_eq!(found[0] != HookLine::Other, known, "{}", line.len());
            assert_eq!(found[1], HookLine::Deb("/next".into()));
        }
    }
}
