//! A `download` process, as `load` has it.

use std::io::{self, BufReader, BufWriter};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::ask::Deliver;
use super::protocol::{Answer, write_names};
use super::trouble::SourceTrouble;
use crate::format::signature_source::SignatureSource;
use crate::format::tree::ListName;

/// This program once more, as its `download` command. It ends with this value.
#[derive(Debug)]
pub struct Downloader {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Downloader {
    /// Starts it. A process that is to be confined does that before.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start() -> io::Result<Self> {
        let mut child = Command::new("/proc/self/exe")
            .arg0("dpkg-ima-helper")
            .arg("download")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self {
            child,
            input: BufWriter::new(input),
            output: BufReader::new(output),
        })
    }

    /// Asks the next source, which is that one.
    ///
    /// # Errors
    /// If the process has ended, or says something else than it should; or those of `deliver`.
    pub fn ask(
        &mut self,
        source: &SignatureSource,
        names: &[ListName],
        deliver: Deliver<'_>,
    ) -> io::Result<Option<SourceTrouble>> {
        write_names(&mut self.input, names)?;
        let mut trouble = None;
        loop {
            match Answer::read_from(&mut self.output)? {
                Answer::Delivered(list) => deliver(list)?,
                Answer::Trouble(count, cause) => {
                    trouble = Some(SourceTrouble {
                        source: source.clone(),
                        count,
                        cause,
                    });
                }
                Answer::Done => return Ok(trouble),
            }
        }
    }
}

impl Drop for Downloader {
    /// It may hang where a server of files is gone.
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            log::debug!("{error}");
        }
    }
}
