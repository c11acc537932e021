#!/bin/bash
# Has update-initramfs make two initramfs for this very kernel, with a policy of ours: /boot/with-key, and /boot/without-key
# from a machine whose certificate is gone. The host boots them afterwards.
. /usr/lib/vm/lib.sh
release=$(uname -r)
printf '%s\n' virtio_pci virtio_blk virtio_console crc32c_generic ext4 >/etc/initramfs-tools/modules
mkdir -p /etc/initramfs-tools/conf.d
printf '%s\n' MODULES=list COMPRESS=gzip >/etc/initramfs-tools/conf.d/vm
# The kernel's package is not installed here.
printf 'CONFIG_RD_%s=y\n' GZIP XZ ZSTD >"/boot/config-$release"
mkdir -p /etc/dpkg-ima
cp /usr/share/dpkg-ima/policies/everyone-and-kernel /etc/dpkg-ima/policy

make() { update-initramfs -c -k "$release" && mv "/boot/initrd.img-$release" "/boot/$1"; }
holds() { lsinitramfs "/boot/$1" | grep -qxF "$2"; }
check "an initramfs is made" make with-key
check "... with the helper" holds with-key usr/libexec/dpkg-ima/dpkg-ima-helper
check "... the certificate" holds with-key etc/keys/ima/cert.pem
check "... and the policy" holds with-key etc/dpkg-ima/policy
mv /etc/keys/ima /etc/keys/away && mkdir /etc/keys/ima
check "and one without the certificate" make without-key
check "... which it does not hold" sh -c '! lsinitramfs /boot/without-key | grep -q cert'
rmdir /etc/keys/ima && mv /etc/keys/away /etc/keys/ima
# It tells nothing of the kernel that `status` could believe.
rm "/boot/config-$release"
cp /boot/with-key "/boot/initrd.img-$release"
