#!/bin/sh
# Hook pre-pivot of dracut, sourced when the root is mounted and about to be started: keys, then policy. Whatever fails, the
# machine stops here with the helper's words and a shell, and not later without a word.
# shellcheck source=hooks/initramfs/lib
. /usr/share/dpkg-ima/initramfs.sh

# getarg and emergency_shell are dracut's, and so is NEWROOT.
# shellcheck disable=SC2154
dpkg_ima_reason=$(dpkg_ima_boot "$NEWROOT" "$(getarg init= || echo /sbin/init)") || {
    emergency_shell -n dpkg-ima "dpkg-ima: $dpkg_ima_reason"
    dpkg_ima_left_shell
}
