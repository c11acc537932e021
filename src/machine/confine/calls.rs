//! The system calls that a process may make: seccomp.
//!
//! A call that is not listed fails as on a kernel that does not have it (ENOSYS): C libraries then fall back
//! to the call that they used before, and a call without a fallback fails where errors are handled. The process is not
//! killed: an update of the C library must not be able to end a guard or sweep, which would leave files without labels.
//! Each such call is a record of the kernel's audit (type 1326, SECCOMP).
//!
//! Since Linux 5.11 the kernel keeps a bitmap of the calls that a filter allows whatever their arguments, so that those
//! of an event (read, fgetxattr, fsetxattr, pread64, write) cost one look into it.

use super::ConfineError;

#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
))]
mod filter {
    use std::collections::BTreeMap;
    use std::env::consts::ARCH;

    use nix::libc::{self, c_long, sock_filter};
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, TargetArch,
    };

    use super::ConfineError;

    /// Files: to open, read and label them, and to write those of the state folder.
    const FILES: [c_long; 46] = [
        libc::SYS_chdir,
        libc::SYS_close,
        libc::SYS_close_range,
        libc::SYS_dup,
        libc::SYS_dup3,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_fadvise64,
        libc::SYS_fallocate,
        libc::SYS_fchmod,
        libc::SYS_fcntl,
        libc::SYS_fdatasync,
        libc::SYS_fgetxattr,
        libc::SYS_flistxattr,
        libc::SYS_flock,
        libc::SYS_fremovexattr,
        libc::SYS_fsetxattr,
        libc::SYS_fstat,
        libc::SYS_fstatfs,
        libc::SYS_fsync,
        libc::SYS_ftruncate,
        libc::SYS_getcwd,
        libc::SYS_getdents64,
        libc::SYS_getxattr,
        libc::SYS_lgetxattr,
        libc::SYS_linkat,
        libc::SYS_lseek,
        libc::SYS_mkdirat,
        libc::SYS_newfstatat,
        libc::SYS_openat,
        libc::SYS_openat2,
        libc::SYS_pipe2,
        libc::SYS_pread64,
        libc::SYS_preadv,
        libc::SYS_pwrite64,
        libc::SYS_read,
        libc::SYS_readlinkat,
        libc::SYS_readv,
        libc::SYS_renameat2,
        libc::SYS_statfs,
        libc::SYS_statx,
        libc::SYS_syncfs,
        libc::SYS_umask,
        libc::SYS_unlinkat,
        libc::SYS_write,
        libc::SYS_writev,
    ];

    /// Events, local sockets, waiting.
    const EVENTS: [c_long; 24] = [
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_bind,
        libc::SYS_connect,
        libc::SYS_epoll_create1,
        libc::SYS_epoll_ctl,
        libc::SYS_epoll_pwait,
        libc::SYS_eventfd2,
        libc::SYS_fanotify_init,
        libc::SYS_fanotify_mark,
        libc::SYS_getpeername,
        libc::SYS_getsockname,
        libc::SYS_getsockopt,
        libc::SYS_listen,
        libc::SYS_ppoll,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_sendmsg,
        libc::SYS_sendto,
        libc::SYS_setsockopt,
        libc::SYS_shutdown,
        libc::SYS_timerfd_create,
        libc::SYS_timerfd_gettime,
        libc::SYS_timerfd_settime,
    ];

    /// Memory, threads, time, signals to itself.
    const ITSELF: [c_long; 46] = [
        libc::SYS_brk,
        libc::SYS_clock_getres,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_get_robust_list,
        libc::SYS_getegid,
        libc::SYS_geteuid,
        libc::SYS_getgid,
        libc::SYS_getpid,
        libc::SYS_getppid,
        libc::SYS_getpriority,
        libc::SYS_getrandom,
        libc::SYS_getresgid,
        libc::SYS_getresuid,
        libc::SYS_getrusage,
        libc::SYS_gettid,
        libc::SYS_gettimeofday,
        libc::SYS_getuid,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_prlimit64,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_getparam,
        libc::SYS_sched_getscheduler,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_set_tid_address,
        libc::SYS_setpriority,
        libc::SYS_setsid,
        libc::SYS_sigaltstack,
        libc::SYS_sysinfo,
        libc::SYS_tgkill,
        libc::SYS_uname,
    ];

    /// Children, keys, and what confines further.
    const OTHERS: [c_long; 14] = [
        libc::SYS_add_key,
        libc::SYS_capget,
        libc::SYS_capset,
        libc::SYS_execve,
        libc::SYS_keyctl,
        libc::SYS_landlock_add_rule,
        libc::SYS_landlock_create_ruleset,
        libc::SYS_landlock_restrict_self,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_send_signal,
        libc::SYS_prctl,
        libc::SYS_seccomp,
        libc::SYS_wait4,
        libc::SYS_waitid,
    ];

    /// Older forms of the above that newer machines never had.
    #[cfg(target_arch = "x86_64")]
    const OLDER: [c_long; 17] = [
        libc::SYS_access,
        libc::SYS_arch_prctl,
        libc::SYS_dup2,
        libc::SYS_epoll_wait,
        libc::SYS_getrlimit,
        libc::SYS_lstat,
        libc::SYS_mkdir,
        libc::SYS_open,
        libc::SYS_pipe,
        libc::SYS_poll,
        libc::SYS_readlink,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_setrlimit,
        libc::SYS_stat,
        libc::SYS_time,
        libc::SYS_unlink,
    ];
    #[cfg(target_arch = "aarch64")]
    const OLDER: [c_long; 1] = [libc::SYS_renameat];
    #[cfg(target_arch = "riscv64")]
    const OLDER: [c_long; 0] = [];

    /// Requests of ioctl(2) that are harmless for any descriptor: is it a terminal; non-blocking; close on exec; how
    /// much there is to read.
    const REQUESTS: [u64; 4] = [libc::TCGETS, libc::FIONBIO, libc::FIOCLEX, libc::FIONREAD];
    /// SPEC: clone(2): every flag that makes a namespace.
    const NAMESPACES: libc::c_int = libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWUTS;

    /// The filter as the program that the kernel takes.
    pub(super) fn program() -> Result<Vec<sock_filter>, ConfineError> {
        let filter = rules().and_then(|rules| {
            SeccompFilter::new(
                rules,
                SeccompAction::Errno(libc::ENOSYS.unsigned_abs()),
                SeccompAction::Allow,
                TargetArch::try_from(ARCH)?,
            )
        });
        let program: Result<BpfProgram, BackendError> = filter.and_then(TryInto::try_into);
        let program = program.map_err(|error| ConfineError::Filter(error.to_string()))?;
        let instructions = program.into_iter().map(|instruction| sock_filter {
            code: instruction.code,
            jt: instruction.jt,
            jf: instruction.jf,
            k: instruction.k,
        });
        Ok(instructions.collect())
    }

    fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
        use SeccompCmpOp::{Eq, MaskedEq};
        let groups: [&[c_long]; 5] = [&FILES, &EVENTS, &ITSELF, &OTHERS, &OLDER];
        let unconditional = groups.concat().into_iter().map(|call| (call, Vec::new()));
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = unconditional.collect();
        let local = u64::from(libc::AF_UNIX.unsigned_abs());
        for call in [libc::SYS_socket, libc::SYS_socketpair] {
            rules.insert(call, vec![rule(0, Eq, local)?]);
        }
        // clone3(2) hides its flags in memory; without it C libraries use clone(2).
        let namespaces = u64::from(NAMESPACES.unsigned_abs());
        rules.insert(libc::SYS_clone, vec![rule(0, MaskedEq(namespaces), 0)?]);
        let requests = REQUESTS.map(|request| rule(1, Eq, request));
        rules.insert(
            libc::SYS_ioctl,
            requests.into_iter().collect::<Result<_, _>>()?,
        );
        Ok(rules)
    }

    /// What the lower half of an argument of a call must be.
    fn rule(argument: u8, how: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)?;
        SeccompRule::new(vec![condition])
    }
}

/// Afterwards the thread can make only the calls that are listed here.
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
))]
pub(super) fn allow_needed() -> Result<(), ConfineError> {
    Ok(crate::machine::sys::filter_calls(&mut filter::program()?)?)
}

/// `seccompiler` knows no other machines.
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
)))]
pub(super) fn allow_needed() -> Result<(), ConfineError> {
    Err(ConfineError::Filter(
        "no filter for this kind of machine".into(),
    ))
}
