//! A web server as anybody has it, which writes down what it is asked for.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::scratch;

/// Python's, as long as the value lives.
pub struct Server {
    process: Child,
    port: String,
    log: tempfile::TempDir,
}

impl Server {
    pub fn of(folder: &Path) -> Self {
        let log = scratch();
        let file = File::create(log.path().join("log")).unwrap();
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0", "-d"]);
        command.arg(folder).stdout(Stdio::piped()).stderr(file);
        let mut process = command.spawn().expect("python3 is there");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is a pipe");
        BufReader::new(output).read_line(&mut line).unwrap();
        let port = line
            .split("port ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let port = port.expect("it says its port").to_owned();
        Self { process, port, log }
    }

    pub fn uri(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked for since the last call.
    pub fn take_requests(&self) -> Vec<String> {
        let log = self.log.path().join("log");
        let text = fs::read_to_string(&log).unwrap();
        // It goes on at the end of its file: what was there is left out by its length.
        let seen = self.log.path().join("seen");
        let start = fs::read_to_string(&seen).map_or(0, |seen| seen.parse().unwrap());
        fs::write(seen, text.len().to_string()).unwrap();
        text[start..].lines().map(str::to_owned).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("it is ours");
    }
}
