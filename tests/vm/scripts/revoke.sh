#!/bin/bash
# A key is exchanged on an enforcing machine, and programs run before, meanwhile and after. Then it is revoked: what it alone has
# signed is refused from then on, though it ran a moment before, and the rest runs; no tool of ours puts a label back until that is
# undone. /host/files/keychange has the packages of suite.d/keys.sh; lists-old and lists-new are the sources.
. /usr/lib/vm/lib.sh
debs=/host/files/keychange
certificate=/etc/keys/ima/other.pem

offer() { echo "sources = [\"file:///host/files/$1\"]" >/etc/dpkg-ima.toml; }
# key_of FILE: the id of the key that its label names.
key_of() { getfattr --absolute-names --only-values -n security.ima "$1" 2>/dev/null | head -c7 | tail -c4 | od -An -tx1 | tr -d ' \n'; }
forget() { sync && echo 3 >/proc/sys/vm/drop_caches; }
run_all() { local name && for name; do "$name" || return; done; }
# are_by KEY NAME…
are_by() {
  local key=$1 name
  shift
  for name; do [[ $(key_of "/usr/bin/$name") == "$key" ]] || { echo "$name is by key '$(key_of "/usr/bin/$name")'"; return 1; }; done
}
# says TEXT CODE CMD…
says() {
  local text=$1 code=$2 output status=0
  shift 2
  output=$("$@" 2>&1) || status=$?
  [[ $status == "$code" && $output == *"$text"* ]] || { echo "exit $status, and not '$text': $output"; return 1; }
}
# meanwhile CMD…: the programs are run again and again while it works, and never fail.
meanwhile() {
  local status=0
  rm -f /run/stop /run/failures
  (while [[ ! -e /run/stop ]]; do echo 3 >/proc/sys/vm/drop_caches; run_all plain moved left >/dev/null || echo x >>/run/failures; done) 2>/dev/null &
  "$@" || status=$?
  touch /run/stop
  wait $!
  [[ ! -e /run/failures ]] || { echo "$(wc -l </run/failures) times, one did not run"; return 1; }
  return "$status"
}
# in_kernel KEY: /run/kernel-keys is what IMA's keyring has, and that is among it.
in_kernel() { keyctl list "$(keyctl search @u keyring _ima)" >/run/kernel-keys && grep -F "$1" /run/kernel-keys; }
bare() { [[ -z $(label_type "/usr/bin/$1") ]]; }

own=$(key_of /usr/bin/dash)
dpkg -i $debs/left_*.deb >/dev/null 2>&1
check "control: by a key that is not held it is refused" expect_refused /usr/bin/left left
dpkg -P left >/dev/null

cp /host/files/other.cert.pem $certificate
check "the old key is loaded" dpkg-ima keys load
check "packages that bring its signatures" expect_no_refusal dpkg -i $debs/moved_*.deb $debs/left_*.deb
offer lists-old
check "its list of another is fetched" says '1 signature list fetched' 0 dpkg-ima fetch $debs/plain_*.deb
check "... and it is installed" expect_no_refusal dpkg -i $debs/plain_*.deb
old=$(key_of /usr/bin/left)
check "the two keys are not the same" eval '[[ $own && $old && $own != "$old" ]]'
check "all are by the old key" are_by "$old" plain moved left
check "... and run" expect_no_refusal run_all plain moved left
check "the list of keys says so" says 'other.pem: 3 files of 3 packages' 0 dpkg-ima keys list

offer lists-new
check "what was signed anew is fetched" says 'signed anew' 0 dpkg-ima fetch plain moved
check "... and relabel moves the labels, while all run" expect_no_refusal meanwhile dpkg-ima relabel
check "two are by the new key now" are_by "$own" plain moved
check "... the third is by the old" are_by "$old" left
forget
check "... and all run" expect_no_refusal run_all plain moved left
check "the list of keys says so" says 'other.pem: 1 file of 1 package' 0 dpkg-ima keys list

check "revocation names what would not run" says 'does not run: /usr/bin/left' 0 dpkg-ima keys revoke --dry-run $certificate
check "... and has done nothing" expect_no_refusal run_all plain moved left
check "control: the kernel has the key" in_kernel "$old"
check "the key is revoked" expect_no_refusal says 'the kernel does not verify by it any more' 0 dpkg-ima keys revoke $certificate
check "what it has signed is refused, though it ran before" expect_refused /usr/bin/left left
check "... the rest runs" expect_no_refusal run_all plain moved
forget
check "... and the system" expect_no_refusal eval '/bin/sh -c true && /bin/ls / >/dev/null && plain && moved'
check "the kernel has the key no more" eval 'in_kernel "$own" && ! grep -F "$old" /run/kernel-keys'
check "the certificate is aside" eval '[[ -e /etc/keys/ima-revoked/other.pem && ! -e $certificate ]]'
check "relabel does not put the label back" eval 'dpkg-ima relabel; bare left'
check "... nor does the guard" eval 'dpkg -i $debs/left_*.deb; bare left'
check "... nor a sweep" eval '/usr/libexec/dpkg-ima/dpkg-ima-helper sweep --all; bare left'
check "... and it is still refused" expect_refused /usr/bin/left left
check "run again, there is nothing to do" says 'stripped: 0 files' 0 dpkg-ima keys revoke $certificate

mv /etc/keys/ima-revoked/other.pem $certificate
check "undone: the key is loaded" dpkg-ima keys load
check "... relabel labels" expect_no_refusal dpkg-ima relabel left
check "... and it runs" expect_no_refusal left

check "the machine's own key is not revoked without a yes" says 'the next boot needs' 2 dpkg-ima keys revoke /etc/keys/ima/cert.pem
forget
check "... and all goes on" expect_no_refusal eval '/bin/sh -c true && run_all plain moved left'
