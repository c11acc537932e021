//! Asks one source for lists.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use super::apt_helper::{Call, download};
use super::download_folder::DownloadFolder;
use super::limits::{CALL_MAX, FETCHED_MAX};
use super::patience::Patience;
use super::trouble::{SourceTrouble, TroubleCause};
use crate::format::signature_source::SignatureSource;
use crate::format::tree::ListName;
use crate::machine::opening::open_named;

/// A file of a source, and nothing checked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Which of the names it was asked for by.
    pub index: usize,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether the source had said all; else it may be cut off.
    pub is_whole: bool,
}

/// Where the lists go that a source has.
pub(super) type Deliver<'a> = &'a mut dyn FnMut(Delivered) -> io::Result<()>;

/// Asks the source for all of these lists at once. Names that it has no list for are passed over. `say` is called if that
/// takes longer than a second.
///
/// # Errors
/// Those of `deliver`. What goes wrong with the source is its [`SourceTrouble`].
pub(super) fn ask(
    source: &SignatureSource,
    names: &[ListName],
    (deadline, say): (Instant, &dyn Fn()),
    deliver: Deliver<'_>,
) -> io::Result<Option<SourceTrouble>> {
    let mut round = Round {
        deliver,
        left: FETCHED_MAX,
        count: 0,
        cause: None,
    };
    let mut patience = Patience::until(deadline, say);
    match source {
        SignatureSource::Web(uri) => {
            for (number, names) in names.chunks(CALL_MAX).enumerate() {
                let uris = names.iter().map(|name| uri_of(uri, name)).collect();
                round.ask_server(uris, number * CALL_MAX, &mut patience)?;
            }
        }
        SignatureSource::Folder(folder) => round.ask_folder(folder, names, &mut patience)?,
    }
    let count = round.count;
    Ok(round.cause.map(|cause| SourceTrouble {
        source: source.clone(),
        count,
        cause,
    }))
}

/// SPEC: RFC 3986, 2.1: of the characters of a name only `%` has to be escaped.
fn uri_of(source: &str, name: &ListName) -> String {
    format!("{source}/{}", name.path().replace('%', "%25"))
}

struct Round<'a> {
    deliver: Deliver<'a>,
    /// Bytes that may still come.
    left: u64,
    /// Lists that were not got.
    count: usize,
    /// Why the first was not.
    cause: Option<TroubleCause>,
}

impl Round<'_> {
    fn lacks(&mut self, count: usize, cause: TroubleCause) {
        self.count += count;
        self.cause.get_or_insert(cause);
    }

    fn take(&mut self, index: usize, file: File, is_whole: bool) -> io::Result<()> {
        let mut bytes = Vec::new();
        match file.take(self.left + 1).read_to_end(&mut bytes) {
            Ok(read) if read as u64 > self.left => self.lacks(1, TroubleCause::Size),
            Ok(read) => {
                self.left -= read as u64;
                let delivered = Delivered {
                    index,
                    bytes,
                    is_whole,
                };
                return (self.deliver)(delivered);
            }
            Err(error) => self.lacks(1, TroubleCause::other(&error)),
        }
        Ok(())
    }

    fn ask_server(
        &mut self,
        uris: Vec<String>,
        first: usize,
        patience: &mut Patience<'_>,
    ) -> io::Result<()> {
        let count = uris.len();
        let numbered = uris.into_iter().enumerate();
        let uris: Vec<_> = numbered
            .map(|(number, uri)| (uri, number.to_string()))
            .collect();
        let folder = match DownloadFolder::make() {
            Ok(folder) => folder,
            Err(error) => {
                self.lacks(count, TroubleCause::other(&error));
                return Ok(());
            }
        };
        match download(&uris, &folder, patience) {
            Ok(call) => self.take_downloads(&uris, first, &folder, &call),
            Err(error) => {
                let cause = format_args!("apt's downloader: {error}").to_string();
                self.lacks(count, TroubleCause::Other(cause.into()));
                Ok(())
            }
        }
    }

    fn take_downloads(
        &mut self,
        uris: &[(String, String)],
        first: usize,
        folder: &DownloadFolder,
        call: &Call,
    ) -> io::Result<()> {
        // Which of the files are cut off only their reader can tell.
        if let Some(cut) = &call.cut {
            self.lacks(0, cut.clone());
        }
        for (number, (uri, file)) in uris.iter().enumerate() {
            let failure = call.failure(uri).cloned();
            match (folder.open_file(file), failure) {
                (Ok(Some(file)), None) => self.take(first + number, file, call.cut.is_none())?,
                (_, Some(None)) => {}
                (_, Some(Some(cause))) => self.lacks(1, cause),
                (Ok(None), None) => {
                    let cause = call.cut.clone();
                    self.lacks(1, cause.unwrap_or_else(TroubleCause::without_reason));
                }
                (Err(error), None) => self.lacks(1, TroubleCause::other(&error)),
            }
        }
        Ok(())
    }

    /// Another thread opens the files: a server of files that is gone keeps it for ever, and it ends with the process.
    fn ask_folder(
        &mut self,
        folder: &str,
        names: &[ListName],
        patience: &mut Patience<'_>,
    ) -> io::Result<()> {
        let (sender, opened) = channel();
        let paths: Vec<_> = names.iter().map(ListName::path).collect();
        let tree = Path::new(folder).to_owned();
        thread::spawn(move || {
            let is_there = tree
                .metadata()
                .and_then(|metadata| match metadata.is_dir() {
                    true => Ok(None),
                    false => Err(ErrorKind::NotADirectory.into()),
                });
            // Nobody waits any more: then nobody needs the rest.
            if sender.send(is_there).is_err() {
                return;
            }
            for path in paths {
                let opened = read_regular(&tree.join(path));
                if sender.send(opened).is_err() {
                    return;
                }
            }
        });
        self.take_opened(&opened, names.len(), patience)
    }

    fn take_opened(
        &mut self,
        opened: &Receiver<io::Result<Option<File>>>,
        count: usize,
        patience: &mut Patience<'_>,
    ) -> io::Result<()> {
        // First comes whether the folder is there at all.
        for number in 0..=count {
            let answer = loop {
                let Some(pause) = patience.pause() else {
                    break Err(TroubleCause::Time);
                };
                match opened.recv_timeout(pause) {
                    Ok(answer) => break Ok(answer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => {
                        break Err(TroubleCause::without_reason());
                    }
                }
            };
            match answer {
                Ok(Ok(Some(file))) => self.take(number - 1, file, true)?,
                Ok(Ok(None)) => {}
                Ok(Err(error)) if number > 0 => self.lacks(1, TroubleCause::other(&error)),
                Ok(Err(error)) => {
                    self.lacks(count, TroubleCause::other(&error));
                    return Ok(());
                }
                Err(cause) => {
                    self.lacks(count - number.saturating_sub(1), cause);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// None if nothing is there.
fn read_regular(path: &Path) -> io::Result<Option<File>> {
    match open_named(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
