//! The paths of installed packages: dpkg's file lists and conffiles.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::database::TEXT_MAX;
use super::{Database, PackageName};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;

impl Database<'_> {
    /// The conffiles of a package.
    ///
    /// # Errors
    /// If the file that names them cannot be read.
    pub fn conffiles(&self, package: &PackageName) -> Result<HashSet<PackagePath>, SystemError> {
        // SPEC: deb-conffiles(5): flags such as remove-on-upgrade stand before the path.
        self.paths_in(&Self::member_path(package, "conffiles"), |line| {
            let start = line.iter().position(|&byte| byte == b'/')?;
            PackagePath::new(&line[start..]).ok()
        })
    }

    /// All paths of a package, folders among them, as its file list has them: a path that another package took over
    /// by Replaces is not among them any more.
    ///
    /// # Errors
    /// If the file list cannot be read.
    pub fn paths(&self, package: &PackageName) -> Result<HashSet<PackagePath>, SystemError> {
        let path = Self::member_path(package, "list");
        self.paths_in(&path, |line| PackagePath::new(line).ok())
    }

    /// Calls `visit` with each of [`Self::paths`], in the order of the file list, holding no more than one.
    ///
    /// # Errors
    /// If the file list cannot be read.
    pub fn visit_paths(
        &self,
        package: &PackageName,
        mut visit: impl FnMut(PackagePath),
    ) -> Result<(), SystemError> {
        self.visit_lines(&Self::member_path(package, "list"), |line| {
            if let Ok(path) = PackagePath::new(line) {
                visit(path);
            }
        })
    }

    fn paths_in(
        &self,
        path: &Path,
        parse: impl Fn(&[u8]) -> Option<PackagePath>,
    ) -> Result<HashSet<PackagePath>, SystemError> {
        let mut paths = HashSet::new();
        self.visit_lines(path, |line| paths.extend(parse(line)))?;
        Ok(paths)
    }

    /// Lines without their line feeds; none if there is no such file.
    fn visit_lines(&self, path: &Path, mut visit: impl FnMut(&[u8])) -> Result<(), SystemError> {
        let Some(file) = self.root.open_file(path)? else {
            return Ok(());
        };
        let error = |source: io::Error| SystemError::at("read", &self.root.display(path))(source);
        let mut input = BufReader::new(file.take(TEXT_MAX + 1));
        let mut line = Vec::new();
        let mut left = TEXT_MAX;
        loop {
            line.clear();
            let length = input.read_until(b'\n', &mut line).map_err(error)?;
            if length == 0 {
                return Ok(());
            }
            left = left
                .checked_sub(length as u64)
                .ok_or_else(|| error(io::ErrorKind::FileTooLarge.into()))?;
            visit(line.strip_suffix(b"\n").unwrap_or(&line));
        }
    }
}
