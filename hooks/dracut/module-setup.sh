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
    dpkg_ima_each dpkg_ima_take
    inst_simple /usr/share/dpkg-ima/initramfs.sh
    # dracut's own variable. When the root is mounted, late: whatever else dracut does before is not appraised.
    # shellcheck disable=SC2154
    inst_hook pre-pivot 98 "$moddir/dpkg-ima.sh"
}

dpkg_ima_take() {
    inst_simple "$1" && inst_simple "$dpkg_ima_helper"
}
