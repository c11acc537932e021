//! Tiny .debs, built by the real dpkg-deb.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::Run;

/// A .deb in the making. Paths are absolute, as on the machine that installs it.
pub struct DebBuilder {
    name: String,
    version: String,
    tree: tempfile::TempDir,
    fields: String,
    conffiles: String,
    options: Vec<String>,
}

impl DebBuilder {
    /// A package without files, for every architecture.
    pub fn new(name: &str, version: &str) -> Self {
        let tree = super::scratch();
        fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755))
            .expect("the directory is ours");
        let new = Self {
            name: name.into(),
            version: version.into(),
            tree,
            fields: "Architecture: all\n".into(),
            conffiles: String::new(),
            options: vec!["-Zgzip".into(), "-z1".into()],
        };
        fs::create_dir(new.at("/DEBIAN")).expect("the tree is empty");
        new
    }

    /// A package with one program, `/usr/bin/NAME`, which prints name and version.
    pub fn with_program(name: &str, version: &str) -> Self {
        let program = format!("#!/bin/sh\necho {name} {version}\n");
        Self::new(name, version).file(&format!("/usr/bin/{name}"), program, 0o755)
    }

    /// The names of the ar members of a .deb.
    pub fn members(deb: &Path) -> Vec<String> {
        let list = Run::new("ar").arg("t").arg(deb).ok().stdout();
        list.lines().map(str::to_owned).collect()
    }

    /// Adds a regular file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>, mode: u32) -> Self {
        let file = self.place(path);
        fs::write(&file, content).expect("the tree is writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("the file is ours");
        self
    }

    /// Adds a regular file that dpkg treats as configuration.
    pub fn conffile(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.conffiles.push_str(&format!("{path}\n"));
        self.file(path, content, 0o644)
    }

    /// Adds a symbolic link.
    pub fn symlink(self, path: &str, target: &str) -> Self {
        symlink(target, self.place(path)).expect("no two objects share a path");
        self
    }

    /// Adds a hard link to a file added before.
    pub fn hard_link(self, path: &str, existing: &str) -> Self {
        fs::hard_link(self.at(existing), self.place(path))
            .expect("the existing file was added before");
        self
    }

    /// Adds a control member: `postinst`, `triggers`, `templates`, … Scripts are recognised by their `#!`.
    pub fn control(self, member: &str, content: impl AsRef<[u8]>) -> Self {
        let mode = if content.as_ref().starts_with(b"#!") {
            0o755
        } else {
            0o644
        };
        self.file(&format!("/DEBIAN/{member}"), content, mode)
    }

    /// Adds a line to the control file, `Name: value`. `Architecture` is there already; a second one replaces it.
    pub fn field(mut self, line: &str) -> Self {
        if line.starts_with("Architecture:") {
            self.fields = self.fields.replacen("Architecture: all\n", "", 1);
        }
        self.fields.push_str(&format!("{line}\n"));
        self
    }

    /// Passes other options to dpkg-deb than the default `-Zgzip -z1`, such as `-Zxz`.
    pub fn dpkg_deb(mut self, options: &[&str]) -> Self {
        self.options = options.iter().map(|&option| option.into()).collect();
        self
    }

    /// Builds `NAME_VERSION.deb` in `directory` and returns its path.
    #[track_caller]
    pub fn build(self, directory: &Path) -> PathBuf {
        let Self {
            name,
            version,
            fields,
            conffiles,
            ..
        } = &self;
        let maintainer = "Maintainer: Test <test@example.org>\nDescription: test package\n";
        let control = format!("Package: {name}\nVersion: {version}\n{fields}{maintainer}");
        fs::write(self.at("/DEBIAN/control"), control).expect("the tree is writable");
        if !conffiles.is_empty() {
            fs::write(self.at("/DEBIAN/conffiles"), conffiles).expect("the tree is writable");
        }
        let deb = directory.join(format!("{name}_{version}.deb"));
        let run = Run::new("dpkg-deb")
            .args(&self.options)
            .args(["--root-owner-group", "--build"]);
        run.arg(self.tree.path()).arg(&deb).ok();
        deb
    }

    /// Where `path` is while the tree is being filled.
    fn at(&self, path: &str) -> PathBuf {
        self.tree.path().join(path.trim_start_matches('/'))
    }

    /// The same, with its directory made.
    fn place(&self, path: &str) -> PathBuf {
        let place = self.at(path);
        fs::create_dir_all(place.parent().expect("absolute paths have a parent"))
            .expect("the tree is writable");
        place
    }
}
