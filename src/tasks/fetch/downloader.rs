//! A `download` process, as `load` has it.

use std::io::{self, BufReader, BufWriter, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::ask::Deliver;
use super::limits::DELAY_MAX;
use super::protocol::{Answer, write_names};
use super::timed_pipe::TimedPipe;
use super::trouble::SourceTrouble;
use crate::format::signature_source::SignatureSource;
use crate::format::tree::ListName;
use crate::machine::program::program;

/// How often it is looked whether it has ended, once it is told to, and the time between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// This program once more, as its `download` command. It ends with this value.
#[derive(Debug)]
pub struct Downloader {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<TimedPipe<ChildStdout>>,
    /// How long it takes to ask all sources, by its configuration.
    time: Duration,
}

impl Downloader {
    /// Starts it. A process that is to be confined does that before. It asks for so long, by its own clock; whoever waits for it
    /// waits little longer.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(time: Duration) -> io::Result<Self> {
        let mut child = program("/proc/self/exe")
            .arg0("dpkg-ima-helper")
            .arg("download")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, pipe) = pipes.ok_or(ErrorKind::BrokenPipe)?;
        let output = TimedPipe {
            pipe,
            deadline: None,
        };
        Ok(Self {
            child,
            input: BufWriter::new(input),
            output: BufReader::new(output),
            time,
        })
    }

    /// Asks the next source, which is that one.
    ///
    /// # Errors
    /// If the process has ended, does not answer in time, or says something else than it should; or those of `deliver`.
    pub fn ask(
        &mut self,
        source: &SignatureSource,
        names: &[ListName],
        deliver: Deliver<'_>,
    ) -> io::Result<Option<SourceTrouble>> {
        let now = Instant::now();
        let limit = &mut self.output.get_mut().deadline;
        if now > *limit.get_or_insert(now + self.time + DELAY_MAX) {
            return Err(ErrorKind::TimedOut.into());
        }
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
    /// It may hang where a server of files is gone, and then not end even if it is killed: it is not waited for, or apt would.
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| {
            for _ in 0..LOOKS {
                if self.child.try_wait()?.is_some() {
                    break;
                }
                sleep(PAUSE);
            }
            Ok(())
        });
        if let Err(error) = ended {
            log::debug!("{error}");
        }
    }
}
