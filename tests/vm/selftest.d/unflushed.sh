#!/bin/bash
# For selftest: one file flushed, one not, and then waits for the cut.
echo flushed >/root/flushed
sync /root/flushed
head -c 3000000 /dev/urandom >/root/unflushed
# Direct, so that it reaches the virtual disk at once, and only its cache.
dd if=/dev/zero of=/root/direct oflag=direct bs=4k count=1 status=none
echo "written"
sleep 60
