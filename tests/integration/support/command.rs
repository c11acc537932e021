//! Runs a command and checks how it ended.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

/// A command about to be run. Ends with [`Run::ok`], [`Run::exits`] or [`Run::outcome`].
pub struct Run {
    command: Command,
    input: Vec<u8>,
}

impl Run {
    /// Runs `program`, found in `$PATH`, in the C locale and with an empty standard input.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C.UTF-8");
        Self {
            command,
            input: Vec::new(),
        }
    }

    /// The `dpkg-ima` under test.
    pub fn dpkg_ima() -> Self {
        Self::new(env!("CARGO_BIN_EXE_dpkg-ima"))
    }

    /// The `dpkg-ima-helper` under test (linked dynamically here; [`super::OurPackages`] holds the static one).
    pub fn helper() -> Self {
        Self::new(env!("CARGO_BIN_EXE_dpkg-ima-helper"))
    }

    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts with no environment variables but those set after this call.
    pub fn clear_env(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// Runs in `directory`.
    pub fn within(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// What the command reads from its standard input.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Runs it; it must exit 0.
    #[track_caller]
    pub fn ok(self) -> Outcome {
        self.exits(0)
    }

    /// Runs it; it must exit with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(
            outcome.code(),
            Some(code),
            "unexpected exit status\n{outcome}"
        );
        outcome
    }

    /// Runs it, however it ends.
    #[track_caller]
    pub fn outcome(mut self) -> Outcome {
        let shown = format!("{:?}", self.command);
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        let (pipe, input) = (child.stdin.take(), self.input);
        // A command that does not read its input closes the pipe: no concern of ours.
        let writer = thread::spawn(move || pipe.map(|mut pipe| pipe.write_all(&input)));
        let output = child
            .wait_with_output()
            .expect("a child just started can be waited for");
        writer.join().expect("writing to a pipe does not panic");
        Outcome { shown, output }
    }
}

/// How a command ended. `Display` shows the command, its exit status and all it printed.
pub struct Outcome {
    shown: String,
    output: Output,
}

impl Outcome {
    /// The exit status; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Standard output as bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Standard error as bytes.
    pub fn error_bytes(&self) -> &[u8] {
        &self.output.stderr
    }

    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// It must have said `text` on one of the two outputs.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout().contains(text) || self.stderr().contains(text),
            "{text:?} is not in the output\n{self}"
        );
        self
    }

    /// It must not have said `text`.
    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(
            !self.stdout().contains(text) && !self.stderr().contains(text),
            "{text:?} is in the output\n{self}"
        );
        self
    }

    /// It must have printed nothing at all.
    #[track_caller]
    pub fn says_nothing(self) -> Self {
        assert!(
            self.output.stdout.is_empty() && self.output.stderr.is_empty(),
            "not silent\n{self}"
        );
        self
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            out,
            "command: {}\nended:   {}",
            self.shown, self.output.status
        )?;
        writeln!(
            out,
            "--- stdout\n{}--- stderr\n{}---",
            self.stdout(),
            self.stderr()
        )
    }
}
