//! The main thread with real clients and processes; its last sweep writes a line.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use rustix::process::Pid;

use super::*;
use crate::keys::held::HeldKeys;
use crate::machine::root::Root;
use crate::signatures::Store;

/// A guard's main thread in a folder of its own, which follows one process; its last sweep writes a line.
struct RunningThread {
    folder: tempfile::TempDir,
    knowledge: Knowledge,
    process: Child,
    /// How long a client may be silent, if not as long as ever.
    silence: Option<Duration>,
}

type Running<'scope> = ScopedJoinHandle<'scope, io::Result<()>>;

impl RunningThread {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        Self {
            knowledge: Knowledge::new(root, Store::default(), HeldKeys::default()),
            process: Command::new("sleep").arg("60").spawn().unwrap(),
            folder,
            silence: None,
        }
    }

    fn with_silence(self, silence: Duration) -> Self {
        Self {
            silence: Some(silence),
            ..self
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn run(&self) -> io::Result<()> {
        let listener = UnixListener::bind(self.socket())?;
        let mut main_thread = MainThread::new(listener, &self.knowledge, self.process.id())?;
        let mut sweep = Command::new("sh");
        sweep.args(["-c", "echo swept >>sweeps"]);
        sweep.current_dir(self.folder.path());
        main_thread.last_sweep = LastSweep::new(sweep);
        if let Some(silence) = self.silence {
            main_thread.clients.silence = silence;
        }
        main_thread.run()
    }

    /// How often it swept in the end, if this happens while it runs, and the followed process dies then.
    fn sweeps(mut self, meanwhile: impl FnOnce(&Path, u32)) -> usize {
        let (socket, id) = (self.socket(), self.process.id());
        std::thread::scope(|scope| {
            let running: Running<'_> = scope.spawn(|| self.run());
            // Between bind(2) and listen(2) the socket is there, and nobody can call.
            while UnixStream::connect(&socket).is_err() {
                std::thread::yield_now();
            }
            meanwhile(&socket, id);
            let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
            running.join().unwrap().unwrap();
        });
        self.process.wait().unwrap();
        let sweeps = std::fs::read_to_string(self.folder.path().join("sweeps"));
        sweeps.unwrap_or_default().lines().count()
    }
}

/// Sends that, and returns what comes back until the guard closes.
fn ask(socket: &Path, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn who_dies_is_swept_after() {
    assert_eq!(RunningThread::new().sweeps(|_, _| ()), 1);
}

/// As after `relabel`, or after a sweep in the middle: dpkg may have unpacked more since.
#[test]
fn a_store_that_changed_is_no_sweep() {
    let sweeps = RunningThread::new().sweeps(|socket, _| {
        assert_eq!(ask(socket, "store-changed\n"), "done\n");
    });
    assert_eq!(sweeps, 1);
}

#[test]
fn who_swept_in_his_last_hook_is_not_swept_after() {
    let sweeps = RunningThread::new().sweeps(|socket, process| {
        let swept = format!("swept {process}\n");
        assert_eq!(ask(socket, &swept), "done\n");
    });
    assert_eq!(sweeps, 0);
}

#[test]
fn a_sweep_counts_for_its_own_process_and_for_what_was_before() {
    let sweeps = RunningThread::new().sweeps(|socket, process| {
        for request in [
            "swept 1",
            &format!("swept {process}"),
            &format!("follow {process}"),
        ] {
            assert_eq!(ask(socket, &format!("{request}\n")), "done\n");
        }
    });
    assert_eq!(sweeps, 1);
}

/// It serves on while another is followed, and sweeps once, in the end.
#[test]
fn it_stays_until_the_last_one_is_gone() {
    let sweeps = RunningThread::new().sweeps(|socket, process| {
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        for request in [format!("follow {}", other.id()), format!("leave {process}")] {
            assert_eq!(ask(socket, &format!("{request}\n")), "done\n");
        }
        other.kill().unwrap();
        other.wait().unwrap();
    });
    assert_eq!(sweeps, 1);
}

#[test]
fn what_is_no_request_fails_and_does_no_harm() {
    RunningThread::new().sweeps(|socket, _| {
        for request in [
            "reload\n",
            "\n",
            "follow 0\n",
            "announce ../x\n",
            "announce announced.1\n",
        ] {
            assert_eq!(ask(socket, request), "failed\n", "{request:?}");
        }
        for request in [
            "x".repeat(300),
            "\u{e9}".repeat(200),
            "swept 1 \n".repeat(99),
        ] {
            let mut stream = UnixStream::connect(socket).unwrap();
            // It may be gone before all is sent.
            stream.write_all(request.as_bytes()).unwrap_or_default();
        }
        assert_eq!(ask(socket, "store-changed\n"), "done\n");
    });
}

fn silent_callers(socket: &Path) -> Vec<UnixStream> {
    let callers = (0..100).map(|_| UnixStream::connect(socket).unwrap());
    callers.collect()
}

/// Each was waited for, one after the other. Here none is let go for its silence.
#[test]
fn callers_that_say_nothing_hold_nobody_up() {
    let hour = Duration::from_secs(3600);
    let running = RunningThread::new().with_silence(hour);
    running.sweeps(|socket, _| {
        let silent = silent_callers(socket);
        assert_eq!(ask(socket, "store-changed\n"), "done\n");
        drop(silent);
    });
}

#[test]
fn callers_that_say_nothing_are_let_go() {
    let running = RunningThread::new().with_silence(Duration::from_millis(1));
    running.sweeps(|socket, _| {
        for mut stream in silent_callers(socket) {
            assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        }
    });
}

#[test]
fn a_request_may_come_in_pieces() {
    RunningThread::new().sweeps(|socket, _| {
        let mut stream = UnixStream::connect(socket).unwrap();
        for piece in ["store", "-chan", "ged\n"] {
            stream.write_all(piece.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "done\n");
    });
}
