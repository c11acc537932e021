#!/bin/bash
# Replaces what the machine runs on (libc, dpkg, apt, the shells, coreutils, tar, perl, libcrypto) while two loops execute
# programs and load libraries without pause. No refusal, and no failed exec. Usage: core.sh FOLDER [OPTION of dpkg]…
. /usr/lib/vm/lib.sh
folder=/host/files/${1:?}
shift
echo "deb [trusted=yes] file:$folder ./" >/etc/apt/sources.list
apt-get -qq update || exit 2

# loop FILE CMD…: again and again until /run/stop is there; failures are counted in FILE.
loop() {
  local failures=0 rounds=0 file=$1
  shift
  while [[ ! -e /run/stop ]]; do
    "$@" >/dev/null 2>&1 || ((failures++))
    ((rounds++))
  done
  echo "$failures $rounds" >"$file"
}

rm -f /run/stop
loop /run/loop-exec /bin/sh -c '/usr/bin/env true && /bin/ls / && /usr/bin/tar --version' &
loop /run/loop-load /usr/bin/perl -e 'use POSIX; use Socket; exec "/bin/bash", "-c", "exit 0"' &

mapfile -t packages < <(sed -n 's/^Package: //p' "$folder/Packages" | sort -u)
upgrade() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq --reinstall --allow-downgrades "${options[@]}" install "${packages[@]}"
}
options=()
for option; do options+=(-o "Dpkg::Options::=$option"); done
check "upgrade of ${#packages[@]} packages $*" expect_no_refusal upgrade
touch /run/stop
wait
for file in /run/loop-exec /run/loop-load; do
  read -r failures rounds <"$file"
  check "$file: $rounds rounds, none failed" [ "$failures" = 0 ]
  check "... and it did run" [ "$rounds" -gt 3 ]
done
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
