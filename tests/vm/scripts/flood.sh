#!/bin/bash
# A user without any rights does for a minute what holds the guard up most, while dpkg installs a package of 600 files: dpkg ends,
# takes at most twice what it takes under the same load without a guard, and no open of anybody else fails. The figures are printed.
. /usr/lib/vm/lib.sh
seconds=60
cd /root || exit 2
dpkg -i /host/files/flood/sizes_1_amd64.deb >/dev/null
mkdir -m 777 /srv/user
as() { setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"; }
# -q: a process that ends while it is looked at is no error then.
guard() { grep -qsx dpkg-ima-guard /proc/[0-9]*/comm; }
guard_ends() { for _ in {1..200}; do guard || return 0; sleep 0.1; done; return 1; }
# watch PROCESS: prints every half second, until that process has ended, whether there is a guard.
watch() { while kill -0 "$1" 2>/dev/null; do if guard; then echo yes; else echo no; fi; sleep 0.5; done; }

# neighbour SECONDS: somebody who opens files that are nobody else's business, and prints how that went.
neighbour() {
  local end=$((SECONDS + $1)) count=0 failed=0 longest=0 total=0 start took files=(/usr/bin/* /etc/*.conf /usr/share/doc/*/copyright) file
  exec 9<> <(:)
  while ((SECONDS < end)); do
    file=${files[count++ % ${#files[@]}]}
    start=${EPOCHREALTIME/./}
    : 2>/dev/null <"$file" || ((++failed))
    took=$((${EPOCHREALTIME/./} - start))
    ((took <= longest)) || longest=$took
    ((total += took))
    read -r -t 0.02 -u 9 || :
  done
  echo "$count opens, $failed failed, longest $((longest / 1000)) ms, mean $((total / count)) us"
}
export -f neighbour

# under_load NAME: afterwards /run/NAME.ms is how long dpkg took, /run/NAME.opens what the neighbour saw, and /run/NAME.guard
# whether there was a guard meanwhile.
under_load() {
  local name=$1 start status=0 attack neighbour dpkg watch
  dpkg -P flood >/dev/null 2>&1
  guard_ends || return
  rm -rf /srv/user/*
  as 1000 perl /host/files/flood.pl /srv/user $seconds &
  attack=$!
  sleep 5
  as 1001 bash -c "neighbour $((seconds - 10))" >"/run/$name.opens" &
  neighbour=$!
  start=${EPOCHREALTIME/./}
  timeout $((4 * seconds)) dpkg -i /host/files/flood/flood_1_amd64.deb >"/run/$name.log" 2>&1 &
  dpkg=$!
  watch $dpkg >"/run/$name.guard" &
  watch=$!
  wait $dpkg || status=$?
  echo $(((${EPOCHREALTIME/./} - start) / 1000)) >"/run/$name.ms"
  wait $watch
  wait $neighbour
  wait $attack
  return "$status"
}
# guarded: since a guard was first there, it always was. The last look may come after dpkg's end.
guarded() {
  sed '0,/yes/d;$d' /run/with.guard >/run/looks
  [[ $(sort -u /run/looks) == yes ]] || { echo "a guard was there: $(uniq -c /run/with.guard)"; return 1; }
}
longest() { sed -nE 's/.*longest ([0-9]+) ms.*/\1/p' "/run/$1.opens"; }

mv /etc/dpkg/dpkg.cfg.d/dpkg-ima /root/hooks
check "dpkg under load, without a guard" under_load without
mv /root/hooks /etc/dpkg/dpkg.cfg.d/dpkg-ima
check "dpkg under load, with a guard" under_load with
check "control: without one, none was there" [ "$(sort -u /run/without.guard)" = no ]
check "a guard was there until dpkg ended" guarded
for name in without with; do echo "# $name a guard: dpkg $(</run/$name.ms) ms; of the neighbour's: $(</run/$name.opens)"; done
check "no open of the neighbour's failed" grep -q ' 0 failed' /run/with.opens
check "dpkg takes at most twice as long" test "$(</run/with.ms)" -le $((2 * $(</run/without.ms)))
check "nobody else waits for more than a second longer" test "$(longest with)" -le $((1000 + $(longest without)))
check "the files are labelled" eval '[ "$(label_type /usr/lib/flood/1)$(label_type /usr/lib/flood/large-2)" = 0303 ]'
check "... and run" expect_no_refusal /usr/lib/flood/17
check "the guard ends" guard_ends
