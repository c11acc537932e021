//! What the helper's processes keep of root's rights, read from /proc while they run: the guard and its
//! watchdog, a sweep, and what reads .debs for apt.

use super::support::{Outcome, Run};

/// In a mount namespace with a database, a store and a guard of its own, so that nobody else is disturbed.
/// Prints a line `NAME CapEff CapBnd NoNewPrivs Seccomp` for each process.
const SCRIPT: &str = r#"
set -e
mkdir -p /run/dpkg-ima /var/lib/dpkg-ima
mount -t tmpfs tmpfs /run/dpkg-ima
mount -t tmpfs tmpfs /var/lib/dpkg-ima
mount -t tmpfs tmpfs /var/lib/dpkg
mkdir /var/lib/dpkg/info
printf '#mtree v2.0\n' >/var/lib/dpkg/info/x.imasigs
shown() {
    awk -v name="$1" '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { value[$1] = $2 }
        END { print name, value["CapEff:"], value["CapBnd:"], value["NoNewPrivs:"], value["Seccomp:"] }' "/proc/$2/status"
}
# settled PID N: the last step is the filter; what the guard starts has the guard's too.
settled() { timeout 10 sh -c "until grep -q '^Seccomp_filters:.$2' /proc/$1/status; do sleep 0.05; done"; }

sleep 60 & follow=$!
"$0" guard --follow $follow
guard=$(pgrep -f "serve $follow")
shown guard $guard
for child in $(pgrep -P $guard); do settled $child 2; shown watchdog $child; done

exec 9>/var/lib/dpkg-ima/lock
flock 9
"$0" sweep --all 9>&- & sweep=$!
settled $sweep 1
shown sweep $sweep
flock -u 9
wait $sweep

mkfifo /run/dpkg-ima/debs
"$0" load </run/dpkg-ima/debs 9>&- & load=$!
exec 8>/run/dpkg-ima/debs
settled $load 1
shown load $load
exec 8>&-
wait $load

# A sweep is the guard's own when whom it follows is gone and nobody has swept since.
sleep 60 & second=$!
"$0" guard --follow $second 9>&-
flock 9
kill $follow $second
timeout 10 sh -c "until pgrep -P $guard -f sweep >/dev/null; do sleep 0.05; done"
last=$(pgrep -P $guard -f sweep)
settled $last 2
shown last $last
flock -u 9
timeout 30 sh -c 'while [ -e /run/dpkg-ima/socket ]; do sleep 0.05; done'
cat /run/dpkg-ima/log >&2
"#;
/// SPEC: linux/capability.h: DAC_READ_SEARCH, SYS_RESOURCE, and SYS_ADMIN.
const READING: u64 = 1 << 2 | 1 << 24;
const SYS_ADMIN: u64 = 1 << 21;
const LABELLING: u64 = READING | SYS_ADMIN;

fn line(outcome: &Outcome, name: &str) -> Vec<u64> {
    let stdout = outcome.stdout();
    let line = stdout
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name} ")));
    let words = line.unwrap_or_else(|| panic!("no {name}\n{outcome}"));
    let number = |word| u64::from_str_radix(word, 16).expect("a mask");
    words.split(' ').map(number).collect()
}

#[test]
fn each_process_keeps_what_it_needs() {
    let had = Run::new("sed")
        .args(["-n", "s/^CapEff:/test/p", "/proc/self/status"])
        .ok();
    let had =
        u64::from_str_radix(had.stdout().trim_start_matches("test").trim(), 16).expect("a mask");
    let helper = env!("CARGO_BIN_EXE_dpkg-ima-helper");
    let ran = Run::new("unshare")
        .env("RUST_LOG", "info")
        .args(["--mount", "bash", "-c", SCRIPT, helper])
        .ok();
    // What the guard starts cannot make its bounding set smaller any more, and need not.
    for (name, effective, bounding) in [
        ("guard", LABELLING, LABELLING),
        ("watchdog", SYS_ADMIN, LABELLING),
        ("sweep", LABELLING, LABELLING),
        ("load", READING, READING),
        ("last", LABELLING, LABELLING),
    ] {
        let expected = [effective & had, bounding & had, 1, 2];
        assert_eq!(line(&ran, name), expected, "{name}\n{ran}");
    }
    ran.does_not_say("not confined");
}
