#!/bin/bash
# What can happen to the guard and its store. dpkg ends as it would without them, or fails cleanly; nothing hangs for longer
# than the watchdog's time; and afterwards a sweep and `dpkg --configure -a` repair what is to be repaired.
. /usr/lib/vm/lib.sh
own=/host/files/own
store=/var/lib/dpkg-ima
helper=/usr/libexec/dpkg-ima/dpkg-ima-helper
guard() { grep -lsx dpkg-ima-guard /proc/[0-9]*/comm | sed -nE '1s|/proc/([0-9]+)/comm|\1|p' | grep .; }
runs() { [[ $("$1") == "$1"* ]]; }

# repair PACKAGE: what the documentation says to do. Afterwards it is installed, runs, and dpkg has nothing to complain of.
repair() {
  $helper sweep --all
  dpkg --configure -a && dpkg -i "$own/$1_1_amd64.deb" && runs "$1" && [[ ! $(dpkg --audit) ]]
}

# What the guard holds up at most, in seconds: the watchdog's 15, and what an emulated machine needs to go on.
held_up=25
# The seconds that the installation of `slow`, whose preinst sleeps, takes when nothing happens.
touch /run/slow
start=$SECONDS
check "control: undisturbed" dpkg -i $own/slow_1_amd64.deb
usual=$((SECONDS - start))
rm /run/slow
dpkg -P slow >/dev/null

# struck NAME CMD…: CMD is run while the preinst of `slow` sleeps, with the guard's process as last argument.
struck() {
  local name=$1 status=0 start=$SECONDS took dpkg
  shift
  touch /run/slow
  timeout 90 dpkg -i $own/slow_1_amd64.deb >/run/struck.log 2>&1 &
  dpkg=$!
  sleep 2
  check "$name: there is a guard" eval 'guard >/dev/null'
  "$@" "$(guard)"
  wait $dpkg || status=$?
  took=$((SECONDS - start))
  rm /run/slow
  check "$name: dpkg ends by itself (it said $status)" [ $status -ne 124 ]
  check "$name: it takes $took s, usually $usual" [ $took -le $((usual + held_up)) ]
  check "$name: no guard is left" eval '! guard'
  check "$name: repaired" expect_no_refusal repair slow
  dpkg -P slow >/dev/null
}
out_of_memory() { echo 1000 >"/proc/$1/oom_score_adj" && echo f >/proc/sysrq-trigger; }

struck "kill -9" kill -9
struck "SIGSTOP" kill -STOP
struck "out of memory" out_of_memory

for file in $store/signatures.*; do dd if=/dev/urandom of="$file" bs=1 seek=100 count=300 conv=notrunc status=none; done
check "a damaged store" expect_no_refusal dpkg -i $own/life_1_amd64.deb
for file in $store/signatures.*; do head -c 20 /dev/urandom >"$file"; done
check "a store of rubbish" expect_no_refusal dpkg -i $own/life_2_amd64.deb
rm -rf $store
check "no store" expect_no_refusal dpkg -i $own/life_3_amd64.deb
check "... it runs" expect_no_refusal runs life
check "purge, with a new store" expect_no_refusal dpkg -P life

# To the last block, so that neither the store nor a label can be written.
fallocate -l "$(($(stat -f -c '%f * %S' /)))" /filler 2>/dev/null || dd if=/dev/zero of=/filler bs=1M status=none 2>/dev/null
dd if=/dev/zero of=/filler2 bs=4k status=none 2>/dev/null
status=0
timeout 120 dpkg -i $own/slow_1_amd64.deb >/run/full.log 2>&1 || status=$?
check "disk full: dpkg ends by itself (it said $status)" [ $status -ne 124 ]
rm -f /filler /filler2
check "disk full: repaired" expect_no_refusal repair slow
dpkg -P slow >/dev/null
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
