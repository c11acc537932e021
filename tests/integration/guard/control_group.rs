//! The control group from which a guard is started.

use crate::support::Run;

/// Starts a guard from a control group of its own, in a mount namespace with a database and a store of its own. Prints
/// the group of the starter, of the guard and of its watchdog, a line each.
const SCRIPT: &str = r#"
set -e
mkdir -p /run/dpkg-ima /var/lib/dpkg-ima
mount -t tmpfs tmpfs /run/dpkg-ima
mount -t tmpfs tmpfs /var/lib/dpkg-ima
mount -t tmpfs tmpfs /var/lib/dpkg
mkdir /var/lib/dpkg/info
mount -t cgroup2 cgroup2 /sys/fs/cgroup
own=/sys/fs/cgroup/dpkg-ima-test
mkdir $own
echo $$ >$own/cgroup.procs
sleep 60 & follow=$!
"$0" guard --follow $follow
guard=$(pgrep -f "serve $follow")
for process in $$ $guard $(pgrep -P $guard); do sed -n 's/^0:://p' /proc/$process/cgroup; done
kill $follow
timeout 30 sh -c 'while [ -e /run/dpkg-ima/socket ]; do sleep 0.05; done'
cat /run/dpkg-ima/log >&2
wait $follow || true
echo $$ >/sys/fs/cgroup/cgroup.procs
rmdir $own
"#;

/// Whoever freezes the starter's group, as systemd does while a machine sleeps, does not freeze the guard.
#[test]
fn a_guard_leaves_the_group_of_its_starter() {
    let helper = env!("CARGO_BIN_EXE_dpkg-ima-helper");
    let ran = Run::new("unshare")
        .env("RUST_LOG", "debug")
        .args(["--mount", "bash", "-c", SCRIPT, helper])
        .ok();
    let groups = ran.stdout();
    let groups: Vec<&str> = groups.lines().collect();
    assert_eq!(groups, ["/dpkg-ima-test", "/", "/"], "\n{ran}");
}
