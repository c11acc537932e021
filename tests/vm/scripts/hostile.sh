#!/bin/bash
# A stranger's package whose list names the digests of the shell, the C library and coreutils, with random bytes under the key id
# of the machine's certificate: in every order, by every way in. The shell always runs, its label is the genuine one, the kernel
# refuses nothing, and somebody says which package it is. The package itself is unsigned, of one line, and has no program.
# hostile.sh [whole]: also what looks at every file of the machine, which takes minutes when it is emulated.
. /usr/lib/vm/lib.sh
hostile=/host/files/hostile
helper=/usr/libexec/dpkg-ima/dpkg-ima-helper
cd /root || exit 2
depth=${1-}
good=$(label_of /bin/dash)
libc=$(realpath /lib/x86_64-linux-gnu/libc.so.6)
good_libc=$(label_of "$libc")

alive() {
  sync
  echo 3 >/proc/sys/vm/drop_caches
  expect_no_refusal eval '/bin/sh -c true && /bin/dash -c : && /bin/ls / >/dev/null' || return
  [[ $(label_of /bin/dash) == "$good" ]] || { echo "the shell has another label"; return 1; }
  [[ $(label_of "$libc") == "$good_libc" ]] || { echo "the C library has another label"; return 1; }
}
# says REGEX CMD…: a line of what it says is that, however it ends.
says() {
  local text=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  grep -E "$text" <<<"$output" || { echo "exit $status, and no line '$text': $output"; return 1; }
}
names() { says "$1.*forged" "${@:2}"; }
# opened CMD…: while it runs, the shell is opened again and again by somebody else, who never fails.
opened() {
  local status=0
  rm -f /run/stop /run/failures
  (while [[ ! -e /run/stop ]]; do echo 3 >/proc/sys/vm/drop_caches; sleep 0.3; /bin/dash -c : && /bin/cat /bin/dash >/dev/null || echo x >>/run/failures; done) 2>/dev/null &
  "$@" || status=$?
  touch /run/stop
  wait $!
  [[ ! -e /run/failures ]] || { echo "$(wc -l </run/failures) times, the shell did not run"; return 1; }
  return "$status"
}
# forged FILE: gives it the label that the stranger's list has for the shell.
forged() {
  local value
  value=$(dpkg-deb --ctrl-tarfile $hostile/hostile_1_*.deb | tar -xO ./imasigs | sed -nE '\|/bin/dash |s/.* security.ima=([^ ]*).*/\1/p')
  setfattr -n security.ima -v "0s$value" "$1"
}
mends() {
  forged /bin/dash
  "$@" && [[ $(label_of /bin/dash) == "$good" ]] || { setfattr -n security.ima -v "$good" /bin/dash; return 1; }
}

# of_all CHECK…: a check of the whole machine.
of_all() { [[ $depth != whole ]] || check "$@"; }

# Without the helper: such a label, written by hand, and the kernel refuses the program.
cp /bin/dash copy
setfattr -n security.ima -v "$good" copy
check "control: a copy of the shell runs with the genuine label" expect_no_refusal ./copy -c :
forged copy
check "control: ... and is refused with the forged one" expect_refused /root/copy ./copy -c :

check "before the genuine list: dpkg -i" expect_no_refusal names hostile dpkg -i $hostile/hostile_1_*.deb
check "... alive" alive
of_all "... the sweep of all" expect_no_refusal names hostile $helper sweep --all
of_all "... alive" alive
of_all "... relabel names it" expect_no_refusal names hostile dpkg-ima relabel
of_all "... alive" alive
check "the shell opened while it is unpacked" expect_no_refusal opened dpkg -i $hostile/hostile_2_*.deb
check "... alive" alive
check "... verify names it" says forged dpkg-ima verify hostile

# A package that has no list yet.
check "relabel --from a folder with a forged coreutils" says 'coreutils.*forged' dpkg-ima relabel --from /host/files/hostile-from coreutils
check "... alive" alive

check "the genuine lists come" expect_no_refusal dpkg -i /host/files/core/{dash,libc6,coreutils}_*.deb
check "... alive" alive
dpkg -P hostile >/dev/null
check "after the genuine lists: dpkg -i" expect_no_refusal names hostile dpkg -i $hostile/hostile_1_*.deb
check "... alive" alive
check "the shell opened while it is unpacked" expect_no_refusal opened dpkg -i $hostile/hostile_2_*.deb
check "... alive" alive
of_all "relabel of all" expect_no_refusal names hostile dpkg-ima relabel
of_all "... alive" alive
check "relabel of it alone" names hostile dpkg-ima relabel hostile
check "... alive" alive

of_all "a forged label on disk: the sweep mends it" mends $helper sweep --all
of_all "... alive" alive
check "a forged label on disk: relabel mends it" mends dpkg-ima relabel dash
check "... alive" alive

dpkg -P hostile >/dev/null
echo "deb [trusted=yes] file:$hostile ./" >/etc/apt/sources.list
apt-get -qq update || exit 2
install() { apt-get -y -qq --allow-downgrades -o Dpkg::Use-Pty=false install "hostile=$1"; }
mkdir -p /etc
echo 'unsigned = "refuse"' >/etc/dpkg-ima.toml
check "apt refuses it where it is told to" eval '! install 1'
rm /etc/dpkg-ima.toml
check "apt names it" expect_no_refusal names "package 'hostile'" install 1
check "... alive" alive
check "the shell opened while apt unpacks it" expect_no_refusal opened install 2
check "... alive" alive

# not_listed SIGNED.deb: the kernel has its key, and dpkg-ima lists the machine's own keys and not this one.
not_listed() {
  local id
  # SPEC: after type, version and algorithm of a signature come the four bytes of the key id.
  id=$(dpkg-deb --ctrl-tarfile "$1" | tar -xO ./imasigs | sed -nE 's/.* security.ima=([^ ]*).*/\1/p' | head -n1 |
    base64 -d | head -c7 | tail -c4 | od -An -tx1 | tr -d ' \n')
  [[ $id =~ ^[0-9a-f]{8}$ ]] && grep -F "$id" /proc/keys || { echo "no key '$id' in the kernel"; return 1; }
  dpkg-ima keys list >keys.list || { echo "exit $?"; return 1; }
  cat keys.list
  grep -qE '^[0-9a-f]{8} in ' keys.list && ! grep -E "^$id (only )?in " keys.list
}

# A key in another keyring than IMA's is not held, though /proc/keys lists it.
ring=$(keyctl newring elsewhere @u)
keyctl padd asymmetric '' "$ring" </host/files/other.der >/dev/null
check "a key in another keyring does not count: dpkg -i" expect_no_refusal dpkg -i /host/files/other/copy_1_amd64.deb
check "... alive" alive
check "... dpkg-ima does not list it as IMA's" not_listed /host/files/other/copy_1_amd64.deb
echo "deb [trusted=yes] file:/host/files/other ./" >/etc/apt/sources.list
apt-get -qq update
check "... and apt says so" says 'foreign.*which this machine does not hold' apt-get -y -qq -o Dpkg::Use-Pty=false install foreign
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
