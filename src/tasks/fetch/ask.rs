//! Asks one source for lists.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use super::apt_helper::{Call, download};
use super::download_folder::DownloadFolder;
use super::folder_reader::{ReadList, read_lists};
use super::limits::{CALL_MAX, FETCHED_MAX};
use super::patience::Patience;
use super::trouble::{SourceTrouble, TroubleCause};
use crate::format::signature_source::SignatureSource;
use crate::format::tree::ListName;

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

    /// Delivers what a source has of a list, unless that is more than may still come.
    fn take(&mut self, index: usize, bytes: io::Result<Vec<u8>>, is_whole: bool) -> io::Result<()> {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                self.lacks(1, TroubleCause::other(&error));
                return Ok(());
            }
        };
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            self.lacks(1, TroubleCause::Size);
            return Ok(());
        };
        self.left = left;
        (self.deliver)(Delivered {
            index,
            bytes,
            is_whole,
        })
    }

    /// Reads what was downloaded, with one byte more than may still come if there are more.
    fn read(&self, file: File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(self.left + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
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
                (Ok(Some(file)), None) => {
                    let bytes = self.read(file);
                    self.take(first + number, bytes, call.cut.is_none())?;
                }
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

    fn ask_folder(
        &mut self,
        folder: &str,
        names: &[ListName],
        patience: &mut Patience<'_>,
    ) -> io::Result<()> {
        let paths = names.iter().map(ListName::path).collect();
        let lists = read_lists(folder.into(), paths);
        self.take_lists(&lists, names.len(), patience)
    }

    fn take_lists(
        &mut self,
        lists: &Receiver<ReadList>,
        count: usize,
        patience: &mut Patience<'_>,
    ) -> io::Result<()> {
        // First comes whether the folder is there at all.
        for number in 0..=count {
            let answer = loop {
                let Some(pause) = patience.pause() else {
                    break Err(TroubleCause::Time);
                };
                match lists.recv_timeout(pause) {
                    Ok(answer) => break Ok(answer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => {
                        break Err(TroubleCause::without_reason());
                    }
                }
            };
            match answer {
                Ok(Ok(Some(bytes))) => self.take(number - 1, Ok(bytes), true)?,
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

#[cfg(test)]
mod tests;
