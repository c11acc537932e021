#!/bin/bash
# On a machine that an initramfs of Debian's own tools has booted: key and policy are in force, and `status` says so. With
# the argument `off` the kernel was told to let them be.
. /usr/lib/vm/lib.sh
cd /root || exit 2
cp /usr/bin/env unsigned

# says STATE TOPIC: that line of status.
says() { grep -qE "^$1 +$2: " /run/vm/status || { cat /run/vm/status; return 1; }; }
boots=0
dpkg-ima status >/run/vm/status || boots=$?

if [[ ${1:-} == off ]]; then
  check "nothing is enforced" ./unsigned true
  check "status knows" says not enforcement
  check "... and why" says not 'kernel command line'
  exit 0
fi
check "what is unsigned is refused" expect_refused /root/unsigned ./unsigned true
check "what is signed runs" expect_no_refusal /usr/bin/env true
check "modules are loaded" expect_no_refusal modprobe dummy
check "the initramfs has loaded the keys" dpkg-ima keys list
check "status: it boots" [ "$boots" = 0 ]
for topic in enforcement keyring keys filesystem 'hooks and trigger' policy initramfs 'next boot'; do
  check "status: good: $topic" says good "$topic"
done
sed 's/^/# /' /run/vm/status
