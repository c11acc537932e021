//! What is appended to auditd's log, also when auditd begins a new file.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use super::audit_log::path_of_log;
use super::lines::Lines;
use crate::format::audit::AuditLine;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::Identity;

/// The file that auditd writes; none until it is there.
pub(super) struct FollowedLog<'a> {
    root: &'a Root,
    opened: Option<(Identity, Lines<BufReader<File>>)>,
}

impl<'a> FollowedLog<'a> {
    /// Begins behind what is there.
    pub(super) fn start(root: &'a Root) -> Result<Self, SystemError> {
        let mut log = Self { root, opened: None };
        if let Some((identity, mut file)) = log.current()? {
            let end = file.seek(SeekFrom::End(0));
            end.map_err(log.error())?;
            log.opened = Some((identity, Lines::of(BufReader::new(file))));
        }
        Ok(log)
    }

    /// Whether there is such a file.
    pub(super) const fn is_there(&self) -> bool {
        self.opened.is_some()
    }

    /// Passes on the lines that have come; `lines_max` of them at most.
    pub(super) fn hear(
        &mut self,
        lines_max: usize,
        hear: &mut dyn FnMut(AuditLine),
    ) -> Result<(), SystemError> {
        if self.hear_opened(lines_max, hear)? {
            return Ok(());
        }
        let Some((identity, file)) = self.current()? else {
            return Ok(());
        };
        let is_same = matches!(&self.opened, Some((opened, _)) if *opened == identity);
        if !is_same {
            // SPEC: auditd.conf(5), `max_log_file_action = ROTATE`: the file gets another name, and a new one its own. Lines
            // may have come until then.
            self.hear_opened(usize::MAX, hear)?;
            self.opened = Some((identity, Lines::of(BufReader::new(file))));
        }
        Ok(())
    }

    /// Whether there may be more lines.
    fn hear_opened(
        &mut self,
        lines_max: usize,
        hear: &mut dyn FnMut(AuditLine),
    ) -> Result<bool, SystemError> {
        let error = self.error();
        let Some((_, lines)) = &mut self.opened else {
            return Ok(false);
        };
        for _ in 0..lines_max {
            match lines.next().map_err(&error)? {
                Some(line) => hear(AuditLine::of_auditd(line)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn current(&self) -> Result<Option<(Identity, File)>, SystemError> {
        let Some(file) = self.root.open_file(&path_of_log())? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(self.error())?;
        Ok(Some((Identity::from(&metadata), file)))
    }

    /// For `map_err`.
    fn error(&self) -> impl Fn(std::io::Error) -> SystemError + use<> {
        let shown = self.root.display(&path_of_log());
        move |source| SystemError::at("read", Path::new(&shown))(source)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_appended_comes_and_so_does_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let path = folder.path().join(path_of_log());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let append = |text: &str| {
            let mut options = OpenOptions::new();
            let mut file = options.append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let line = |number: u64| {
            format!(
                "type=INTEGRITY_DATA msg=audit(1.000:{number}): op=appraise_data cause=x name=\"/x\" res=0\n"
            )
        };
        let mut log = FollowedLog::start(&root).unwrap();
        assert!(!log.is_there());
        append(&line(1));
        let mut log_there = FollowedLog::start(&root).unwrap();
        assert!(log_there.is_there());
        let heard = |log: &mut FollowedLog<'_>| {
            let mut heard = Vec::new();
            log.hear(2, &mut |line| match line {
                AuditLine::Record(record) => heard.push(record.stamp.number),
                other => panic!("{other:?}"),
            })
            .unwrap();
            heard
        };
        // A log that was not there is read from its start.
        assert_eq!((heard(&mut log), heard(&mut log)), (vec![], vec![1]));
        assert_eq!(heard(&mut log_there), [0; 0]);
        let second = line(2);
        let (start, end) = second.split_at(30);
        append(start);
        assert_eq!(heard(&mut log_there), [0; 0]);
        append(end);
        append(&line(3));
        fs::rename(&path, path.with_extension("log.1")).unwrap();
        append(&line(4));
        let mut all = Vec::new();
        for _ in 0..4 {
            all.extend(heard(&mut log_there));
        }
        assert_eq!(all, [2, 3, 4]);
    }
}
