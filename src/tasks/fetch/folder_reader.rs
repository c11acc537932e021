//! Reads the lists of a source that is a folder.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::format::tree::COMPRESSED_MAX;
use crate::machine::opening::open_named;

/// What is there of one list: its bytes, with one more than a list may have if there are more; none if nothing is.
pub(super) type ReadList = io::Result<Option<Vec<u8>>>;

/// Reads lists of a folder, in their order. First comes an answer without bytes, or why the folder is not there.
///
/// Another thread does all of that, since a server of files that is gone keeps for ever whoever opens or reads one; the thread
/// ends with the process then, or when nobody waits for the next list. It holds one file open, and is one list ahead.
pub(super) fn read_lists(folder: PathBuf, paths: Vec<String>) -> Receiver<ReadList> {
    let (sender, lists) = sync_channel(0);
    thread::spawn(move || {
        if sender.send(find_folder(&folder)).is_err() {
            return;
        }
        for path in paths {
            if sender.send(read_list(&folder.join(path))).is_err() {
                return;
            }
        }
    });
    lists
}

fn find_folder(folder: &Path) -> ReadList {
    match folder.metadata()?.is_dir() {
        true => Ok(None),
        false => Err(ErrorKind::NotADirectory.into()),
    }
}

fn read_list(path: &Path) -> ReadList {
    let file = match open_named(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(COMPRESSED_MAX + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
