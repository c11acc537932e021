#!/bin/bash
# Where there is nothing for dpkg-ima to do, dpkg works and the hooks say nothing.
. /usr/lib/vm/lib.sh
deb=/host/files/own/life_1_amd64.deb
helper=/usr/libexec/dpkg-ima/dpkg-ima-helper
guard() { grep -lsx dpkg-ima-guard /proc/[0-9]*/comm; }
gone() {
  local tries=0
  while guard; do
    ((tries++ < 100)) || return 1
    sleep 0.1
  done
}
# silent CMD…: succeeds, and nothing in what it says is ours.
silent() {
  local output
  output=$("$@" 2>&1) || { echo "exit $?: $output"; return 1; }
  [[ $output != *ima* ]] || { echo "$output"; return 1; }
}

check "--no-act" silent dpkg --no-act -i $deb
check "... and the guard ends by itself" gone
check "without CAP_SYS_ADMIN" silent setpriv --bounding-set -sys_admin --inh-caps -all dpkg --no-act -i $deb
check "... no guard" gone
check "in a user namespace" silent unshare --user --map-root-user $helper guard
check "in a user namespace, a sweep" silent unshare --user --map-root-user $helper sweep --all
mkdir -p /r/var/lib/dpkg/{info,updates}
touch /r/var/lib/dpkg/status
check "--root, without scripts" silent dpkg --root=/r --unpack /host/files/own/copy_1_amd64.deb
check "a pipe ends with dpkg" timeout 60 bash -c "dpkg -i $deb | cat"
check "... and the guard, too" gone

touch /run/slow
dpkg -i /host/files/own/slow_1_amd64.deb >/run/first.log 2>&1 &
sleep 2
check "a second dpkg is turned away as ever" eval '! dpkg -i /host/files/own/same_1_amd64.deb'
wait
rm /run/slow
check "... and the first goes on to its end" expect_no_refusal eval 'cat /run/first.log; [[ $(slow) == slow ]]'
check "the guard ends after both" gone
dpkg -P slow life >/dev/null
