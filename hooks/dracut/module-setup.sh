#!/bin/bash
# /usr/lib/dracut/modules.d/98dpkg-ima/module-setup.sh, sourced by dracut when it makes an initramfs: takes the certificates,
# the policy and the helper along.

# Into each initramfs, for what this machine boots or for any.
check() {
    [ -x "${dracutsysrootdir:-}/usr/libexec/dpkg-ima/dpkg-ima-helper" ]
}

depends() {
    echo base
}

install() {
    # shellcheck source=hooks/initramfs/lib
    . /usr/share/dpkg-ima/initramfs.sh
    # dracut does not look at what this function returns, and is ended as by its own inst_hook: the machine keeps the image that
    # it had.
    if ! { dpkg_ima_each dpkg_ima_take && dpkg_ima_take_scripts; }; then
        dfatal "dpkg-ima: keys, policy or helper could not be copied. Aborting initrd creation."
        exit 1
    fi
}

dpkg_ima_take() {
    inst_simple "$1" && inst_simple "$dpkg_ima_helper"
}

dpkg_ima_take_scripts() {
    inst_simple /usr/share/dpkg-ima/initramfs.sh || return
    # dracut's own variable. When the root is mounted, late: whatever else dracut does before is not appraised.
    # shellcheck disable=SC2154
    inst_hook pre-pivot 98 "$moddir/dpkg-ima.sh"
}
