//! A server of lists, on a port of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Runs `server.py` as long as the value lives.
pub struct Server {
    process: Child,
    scheme: &'static str,
    port: u16,
}

impl Server {
    /// Serves a tree, as any web server would.
    pub fn of_tree(tree: &Path) -> Self {
        Self::start("tree", tree)
    }

    /// Misbehaves as that method of `server.py` does.
    pub fn start(mode: &str, argument: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", include_str!("server.py"), mode]);
        command.arg(argument).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python3 is there");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is a pipe");
        BufReader::new(output).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("it prints its port");
        let scheme = if mode == "unknown" { "https" } else { "http" };
        Self {
            process,
            scheme,
            port,
        }
    }

    /// As in the configuration.
    pub fn uri(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("it is ours");
    }
}
