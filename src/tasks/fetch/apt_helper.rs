//! One call of apt's downloader.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

use rustix::process::{Signal, kill_process};

use super::download_folder::DownloadFolder;
use super::limits::{FETCHED_MAX, MESSAGES_MAX, SERVER_SILENCE};
use super::patience::Patience;
use super::trouble::TroubleCause;
use crate::machine::program::program;
use crate::tasks::apt::{failed, general, key, limit_files, pid_of};

/// apt's downloader. SPEC: `apt-helper download-file URI FILE HASH …`; observed with apt 2.6: all URIs are fetched at once,
/// a failure of one leaves the others, takes no lock.
const PROGRAM: &str = "/usr/lib/apt/apt-helper";
/// SPEC: the http method's answer where the server has no such file.
const NOT_FOUND: [&str; 2] = ["404 ", "410 "];

/// What a call has left in its folder.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// Why a URI, in its [`key`] form, was not fetched; none where the server says that it has no such file.
    failures: HashMap<String, Option<TroubleCause>>,
    /// Why the call was ended: of a file that is there nobody knows whether it is whole.
    pub(super) cut: Option<TroubleCause>,
}

impl Call {
    /// Why that URI was not fetched, as [`Self::failures`] has it; none if nothing was said of it.
    pub(super) fn failure(&self, uri: &str) -> Option<&Option<TroubleCause>> {
        self.failures.get(&key(uri))
    }
}

/// Downloads each URI into the file of that name in the folder, all at once.
///
/// # Errors
/// If the downloader cannot be run.
pub(super) fn download(
    uris: &[(String, String)],
    folder: &DownloadFolder,
    patience: &mut Patience<'_>,
) -> io::Result<Call> {
    let mut messages = folder.messages()?;
    let mut child = command(uris, folder, &messages)?.spawn()?;
    let cut = limit_files(&child, FETCHED_MAX).and_then(|()| watch(&mut child, folder, patience));
    if !matches!(cut, Ok(None)) {
        kill(&child);
    }
    child.wait()?;
    messages.rewind()?;
    let mut text = Vec::new();
    messages.take(MESSAGES_MAX).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    Ok(Call {
        failures: failures(&text),
        cut: cut?.or_else(|| general(&text).map(|error| TroubleCause::Other(error.into()))),
    })
}

fn command(
    uris: &[(String, String)],
    folder: &DownloadFolder,
    messages: &File,
) -> io::Result<Command> {
    let mut command = program(PROGRAM);
    let silence = SERVER_SILENCE.as_secs();
    for option in [
        format!("Acquire::http::Timeout={silence}"),
        format!("Acquire::https::Timeout={silence}"),
        "Acquire::Retries=0".to_owned(),
    ] {
        command.arg("-o").arg(option);
    }
    command.args(["-q=2", "download-file"]);
    for (uri, file) in uris {
        command.arg(uri).arg(folder.path().join(file)).arg("");
    }
    command
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(messages.try_clone()?);
    Ok(command)
}

/// Waits for its end; why it is not waited for any longer, if it is not.
fn watch(
    child: &mut Child,
    folder: &DownloadFolder,
    patience: &mut Patience<'_>,
) -> io::Result<Option<TroubleCause>> {
    while child.try_wait()?.is_none() {
        let Some(pause) = patience.pause() else {
            return Ok(Some(TroubleCause::Time));
        };
        if folder.size() > FETCHED_MAX {
            return Ok(Some(TroubleCause::Size));
        }
        sleep(pause);
    }
    Ok(None)
}

/// It does not end its methods, and one that a server keeps busy does not end itself.
fn kill(child: &Child) {
    let id = child.id();
    let methods = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let methods = methods.unwrap_or_default();
    let methods = methods.split(' ').filter_map(|id| id.parse().ok());
    for process in methods.chain([id]).filter_map(pid_of) {
        if let Err(error) = kill_process(process, Signal::KILL) {
            log::debug!("{error}");
        }
    }
}

/// Why each URI was not fetched, as [`Call::failures`] has it.
fn failures(messages: &str) -> HashMap<String, Option<TroubleCause>> {
    let failure = |(uri, reason): (String, &str)| {
        let missing = NOT_FOUND.iter().any(|code| reason.starts_with(code));
        let cause = (!missing).then(|| TroubleCause::Other(reason.into()));
        (uri, cause)
    };
    failed(messages).map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What apt 2.6 says.
    #[test]
    fn what_a_server_does_not_have_is_no_failure() {
        let said = "\
E: Failed to fetch http://127.0.0.1:8931/%7ex/g%2b%2b  404  File not found [IP: 127.0.0.1 8931]
E: Failed to fetch http://127.0.0.1:1/none  Could not connect to 127.0.0.1:1 (127.0.0.1). - connect (111: Connection refused)
W: something else
E: Failed to fetch nothing
E: Download Failed
";
        let call = Call {
            failures: failures(said),
            cut: None,
        };
        assert_eq!(call.failures.len(), 2);
        assert_eq!(call.failure("http://127.0.0.1:8931/~x/g++"), Some(&None));
        assert_eq!(call.failure("http://127.0.0.1:8931/none"), None);
        let refused = call.failure("http://127.0.0.1:1/none").unwrap();
        let refused = refused.as_ref().unwrap();
        assert!(refused.to_string().starts_with("Could not connect"));
    }
}
