#!/bin/bash
# The control for a FILE_CHECK policy (`appraise fowner=0`): a file without a label, or with one that does not fit, can be
# neither read nor run; what root writes gets the kernel's own hash; a signed file cannot be opened for writing.
# It tests no code of ours.
. /usr/lib/vm/lib.sh
cd /root || exit 2

check "signed program runs" expect_no_refusal /usr/bin/env true
echo hello >new
check "a new file is readable" expect_no_refusal cat new
check "... for the kernel gave it a hash" [ "$(label_type new)" = 04 ]
setfattr -x security.ima new
check "a file without a label is not readable" expect_refused /root/new cat new

echo hello >stale
setfattr -n security.ima -v "0x0404$(printf other | sha256sum | cut -d' ' -f1)" stale
check "a file with another file's hash is not readable" expect_refused /root/stale cat stale

cp /usr/bin/env env
setfattr -x security.ima env
check "a program without a label is refused" expect_refused /root/env ./env true

cp /usr/bin/env signed
setfattr -n security.ima -v "$(label_of /usr/bin/env)" signed
check "a copy with its signature runs" expect_no_refusal ./signed true
check "... keeps the signature" [ "$(label_type signed)" = 03 ]
# What dpkg does to every file before it renames it.
reopen() { dd if=/dev/null of="$1" oflag=append conv=notrunc status=none; }
check "a signed file is not writable" sh -c '! "$@" 2>/dev/null' - dd if=/dev/null of=signed oflag=append conv=notrunc
cp /usr/bin/env hashed
check "a file with a hash is" expect_no_refusal reopen hashed
