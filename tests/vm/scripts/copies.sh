#!/bin/bash
# The same content in two packages, one of them signed with a key that the kernel does not hold: the label is always the one
# that the kernel can check. /host/files/own is signed with the machine's key, /host/files/other with another.
. /usr/lib/vm/lib.sh
# SPEC: bytes 3 to 6 of the value.
keyid() { label_of "$1" | cut -c3- | base64 -d | od -An -tx1 -j3 -N4; }
held=$(keyid /bin/dash)
held() { [[ $(keyid "$1") == "$held" ]] || { echo "key id $(keyid "$1"), not $held"; return 1; }; }
says() { [[ $("$@") == twin ]]; }

check "dash with its list" expect_no_refusal dpkg -i /host/files/core/dash_*.deb
check "a copy of it, signed with a key not held" expect_no_refusal dpkg -i /host/files/other/copy_1_amd64.deb
check "the shell keeps its label" held /bin/dash
check "the copy gets the shell's" held /usr/bin/copy-of-dash
check "... and both run" expect_no_refusal eval '/bin/dash -c : && copy-of-dash -c :'

for order in 'own/twin-a other/twin-b' 'other/twin-b own/twin-a'; do
  for deb in $order; do
    check "$order: $deb" expect_no_refusal dpkg -i "/host/files/${deb}_1_amd64.deb"
  done
  check "the label of twin-a is held" held /usr/bin/twin-a
  check "... of its empty program, too" held /usr/bin/twin-a-empty
  check "... and it runs" expect_no_refusal says twin-a
  /usr/libexec/dpkg-ima/dpkg-ima-helper sweep --all
  check "after a sweep of all, twin-b runs, too" expect_no_refusal says twin-b
  check "purge" expect_no_refusal dpkg -P twin-a twin-b
done
check "the control: what only a key not held has signed" dpkg -i /host/files/other/foreign_1_amd64.deb
check "... is refused" expect_refused /usr/bin/foreign foreign
dpkg -P foreign copy
