#!/bin/bash
# Replaces libc, the shell, dpkg and coreutils; somewhere in here the power fails.
. /usr/lib/vm/lib.sh
check "upgrade" expect_no_refusal dpkg -i /host/files/cut/*.deb
