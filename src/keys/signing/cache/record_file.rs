//! The file of a cache: a head, then records, each in a slot.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::unistd::geteuid;

use super::CacheError;
use crate::format::signature_record::RECORD_LEN;
use crate::machine::error::SystemError;

/// How the file begins; the last byte is the version of what follows.
const HEAD: [u8; 16] = *b"dpkg-ima cache 1";
/// Who else may write to it.
const OTHERS_WRITE: u32 = 0o022;

/// The bytes of one record.
pub(super) type RecordBytes = [u8; RECORD_LEN];

/// The file of a cache, which no other process has.
pub(super) struct RecordFile {
    file: Flock<File>,
    /// Slots that it has.
    slots: usize,
    /// Whether it ended within a record, which was cut off.
    pub(super) was_cut: bool,
}

impl RecordFile {
    /// Opens a file, for its owner alone if it has to be made, and locks it without waiting.
    ///
    /// # Errors
    /// If it is of no use. One with another head, or with more than `slots_max` slots, is not touched.
    pub(super) fn open(path: &Path, slots_max: usize) -> Result<Self, CacheError> {
        let file = open_regular(path).map_err(SystemError::at("open", path))?;
        let status = file.metadata().map_err(SystemError::at("examine", path))?;
        ensure_ours(path, &status)?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock);
        let file = file.map_err(|(_, errno)| match errno {
            Errno::EWOULDBLOCK => CacheError::Busy(path.to_owned()),
            error => SystemError::at("lock", path)(error).into(),
        })?;
        if !has_head(&file).map_err(SystemError::at("read", path))? {
            return Err(CacheError::NoCache(path.to_owned()));
        }
        let length = file.metadata().map_err(SystemError::at("examine", path))?;
        let records = usize::try_from(length.len()).unwrap_or(usize::MAX);
        let records = records.saturating_sub(HEAD.len());
        let (slots, rest) = (records / RECORD_LEN, records % RECORD_LEN);
        if slots > slots_max {
            return Err(CacheError::NoCache(path.to_owned()));
        }
        if rest > 0 {
            let cut = file.set_len(offset(slots));
            cut.map_err(SystemError::at("write", path))?;
        }
        Ok(Self {
            file,
            slots,
            was_cut: rest > 0,
        })
    }

    /// Hands over all records, with their slots.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) fn each(&self, mut take: impl FnMut(usize, &RecordBytes)) -> io::Result<()> {
        let mut file: &File = &self.file;
        file.seek(SeekFrom::Start(offset(0)))?;
        let mut reader = BufReader::with_capacity(64 * RECORD_LEN, file);
        let mut record = [0; RECORD_LEN];
        for slot in 0..self.slots {
            reader.read_exact(&mut record)?;
            take(slot, &record);
        }
        Ok(())
    }

    /// The record in that slot.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(super) fn read(&self, slot: usize) -> io::Result<RecordBytes> {
        let mut record = [0; RECORD_LEN];
        self.file.read_exact_at(&mut record, offset(slot))?;
        Ok(record)
    }

    /// Writes a record into that slot. It need not be on disk afterwards: what a power cut leaves of it is no record.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(&self, slot: usize, record: &RecordBytes) -> io::Result<()> {
        self.file.write_all_at(record, offset(slot))
    }
}

const fn offset(slot: usize) -> u64 {
    (HEAD.len() + slot * RECORD_LEN) as u64
}

/// SECURITY: a device or a pipe is not opened. A link is followed only if it was there and leads to a file.
fn open_regular(path: &Path) -> io::Result<File> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {}
        Ok(_) => return Err(io::Error::other("no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut new = File::options();
            let new = new.read(true).write(true).create_new(true).mode(0o600);
            match new.open(path) {
                // Another process has just made it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
        Err(error) => return Err(error),
    }
    let mut there = File::options();
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    there
        .read(true)
        .write(true)
        .custom_flags(flags.bits())
        .open(path)
}

/// SECURITY: nobody else's file is used. Each signature is verified, but whoever may write could make every run a slow one.
fn ensure_ours(path: &Path, status: &fs::Metadata) -> Result<(), CacheError> {
    let owner = status.uid();
    if owner != 0 && owner != geteuid().as_raw() {
        let path = path.to_owned();
        return Err(CacheError::Owner { path, owner });
    }
    match status.mode() & OTHERS_WRITE {
        0 => Ok(()),
        _ => Err(CacheError::Writable(path.to_owned())),
    }
}

/// Whether the file has our head; an empty one gets it.
fn has_head(file: &File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        file.write_all_at(&HEAD, 0)?;
        // After a power cut it is there, or the file is empty.
        file.sync_all()?;
        return Ok(true);
    }
    let mut head = [0; HEAD.len()];
    match file.read_exact_at(&mut head, 0) {
        Ok(()) => Ok(head == HEAD),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
