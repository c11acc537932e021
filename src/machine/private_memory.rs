//! What is in the memory of this process stays there.

use nix::sys::prctl::set_dumpable;

/// Keeps the kernel from writing this process's memory into a core dump, and other processes of its user from reading it and its
/// environment. Programs that it starts are as before. Where the kernel refuses, that is logged.
///
/// SPEC: PR_SET_DUMPABLE(2const), and "dumpable" in proc_pid(5): this process still reads its own /proc.
pub fn keep_memory_private() {
    if let Err(error) = set_dumpable(false) {
        log::warn!("a crash may write the private key to disk: {error}");
    }
}
