#!/bin/bash
# The control, for an exec-type policy and a machine WITHOUT dpkg-ima: what has no valid signature is refused, what has one
# runs, and dpkg cannot install a package with maintainer scripts. It shows that the other tests can fail. It tests no code
# of ours. Run with `--appraise log` it must print `not ok`.
. /usr/lib/vm/lib.sh
cd /root || exit 2

# Prints to stdout and says whether TEXT is in what the command says; the command's own status is passed on.
saying() {
  local text=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  grep -qF "$text" <<<"$output" || { echo "did not say '$text': $output"; return 0; }
  return "$status"
}

# A copy without its label; with KEEP=1 the label is copied, too.
copy() { cp ${KEEP:+--preserve=xattr} "$1" "$2"; }

check "signed program runs" expect_no_refusal /usr/bin/env true
KEEP=1 copy /usr/bin/env signed-env
check "copy with its label runs: it is the content that is signed" expect_no_refusal ./signed-env true

copy /usr/bin/env unsigned-env
check "unsigned program is refused" expect_refused /root/unsigned-env ./unsigned-env true
check "... and by way of ld.so" expect_refused /root/unsigned-env /lib64/ld-linux-x86-64.so.2 ./unsigned-env true
copy /usr/bin/env /tmp/unsigned-env
check "... and on tmpfs" expect_refused /tmp/unsigned-env /tmp/unsigned-env true

KEEP=1 copy /usr/bin/env tampered-env
printf x >>tampered-env
check "tampered program is refused" expect_refused /root/tampered-env ./tampered-env true

copy /usr/bin/env foreign-env
setfattr -n security.ima -v "$(label_of /usr/bin/true)" foreign-env
check "program with another file's signature is refused" expect_refused /root/foreign-env ./foreign-env true

printf '#!/bin/sh\nexit 0\n' >unsigned-script
chmod 755 unsigned-script
check "unsigned script is refused" expect_refused /root/unsigned-script ./unsigned-script
KEEP=1 copy /usr/bin/ldd tampered-script
printf '#\n' >>tampered-script
check "tampered script is refused" expect_refused /root/tampered-script ./tampered-script

library=libkeyutils.so.1
mkdir unsigned tampered signed
copy /lib/x86_64-linux-gnu/$library unsigned/
KEEP=1 copy /lib/x86_64-linux-gnu/$library signed/
KEEP=1 copy /lib/x86_64-linux-gnu/$library tampered/
printf x >>tampered/$library
check "library with its label is loaded" expect_no_refusal env LD_LIBRARY_PATH=/root/signed keyctl --version
check "unsigned library is refused" expect_refused /root/unsigned/$library env LD_LIBRARY_PATH=/root/unsigned keyctl --version
check "tampered library is refused" expect_refused /root/tampered/$library env LD_LIBRARY_PATH=/root/tampered keyctl --version

module=$(modinfo -n dummy)
copy "$module" unsigned.ko
check "module without a label is refused" expect_refused /root/unsigned.ko insmod unsigned.ko
check "signed module is loaded" expect_no_refusal insmod "$module"

mkdir -p package/DEBIAN package/usr/bin
cat >package/DEBIAN/control <<'CONTROL'
Package: vm-control
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: a package with a maintainer script
CONTROL
install -m 755 /usr/bin/ldd package/usr/bin/vm-control
install -m 755 unsigned-script package/DEBIAN/preinst
check "package is built" dpkg-deb --root-owner-group --build package vm-control.deb
check "its preinst is refused, and dpkg says so" expect_refused /var/lib/dpkg/tmp.ci/preinst \
  saying "unable to execute new vm-control package pre-installation script" dpkg -i vm-control.deb
rm package/DEBIAN/preinst
check "package without scripts is built" dpkg-deb --root-owner-group --build package vm-control.deb
check "dpkg itself runs without a refusal" expect_no_refusal dpkg -i vm-control.deb
check "its program is refused, for dpkg keeps no labels" expect_refused /usr/bin/vm-control vm-control /bin/true
