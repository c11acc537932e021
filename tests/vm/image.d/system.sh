# shellcheck shell=bash
# Makes of such a Debian a machine that has dpkg-ima and can be booted with the initramfs that its own tools made.
# Nothing is labelled but by dpkg-ima itself. Sourced by system.

# Jobs that would start minutes after the boot, and take a machine of ours to their end; and who would write between our lines.
MASKED=(networking.service serial-getty@hvc0.service apt-daily.timer apt-daily-upgrade.timer man-db.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
  fstrim.timer logrotate.timer systemd-timesyncd.service)

# build_signed SIGN KEYS DEBIAN DEB… DIR: copies of the packages of the folder DEBIAN/debs and of DEB…, signed, in DIR.
build_signed() {
  local sign=$1 keys=$2 debian=$3 dir=${*: -1}
  note "whole system: signing"
  quietly "$sign" sign --key "$keys/key.pem" --cert "$keys/cert.pem" -o "$dir" "$debian"/debs/*.deb "${@:4:$#-4}"
}

# build_bare DEBIAN KEYS DEB… DIR: DIR/root.img, with dpkg-ima, certificate and policy but without any label, and
# DIR/{vmlinuz,initrd,initrd-without-hook} to boot it with. The last is from before dpkg-ima came.
build_bare() {
  local debian=$1 keys=$2 dir=${*: -1} root=${*: -1}/root
  note "whole system: installing dpkg-ima"
  mkdir "$root"
  tar -xf "$debian/root.tar" -C "$root"
  furnish_system "$root" "$keys"
  cp "$root"/boot/vmlinuz-* "$dir/vmlinuz"
  cp "$root"/boot/initrd.img-* "$dir/initrd-without-hook"
  install_debs "$root" "${@:3:$#-3}"
  mkdir -p "$root/etc/dpkg-ima"
  cp "$root/usr/share/dpkg-ima/policies/everyone-and-kernel" "$root/etc/dpkg-ima/policy"
  cp "$keys/cert.pem" "$root/etc/keys/ima/"
  # The shell inside expands it.
  # shellcheck disable=SC2016
  quietly unshare --mount sh -c 'mount --bind /proc "$0/proc" && exec chroot "$0" update-initramfs -u' "$root"
  cp "$root"/boot/initrd.img-* "$dir/initrd"
  ensure_unlabelled "$root"
  note "whole system: file system"
  truncate -s 4G "$dir/root.img"
  quietly mke2fs -q -F -t ext4 -I 256 -i 16384 -J size=32 -E lazy_itable_init=1,lazy_journal_init=1 -d "$root" "$dir/root.img"
  rm -rf "$root"
}

# What makes it a machine of ours: a password for root, and the functions for tests.
furnish_system() {
  local root=$1 keys=$2 unit
  mkdir -p "$root"/{host,usr/lib/vm,etc/keys/ima}
  install -m 644 "$TRY_DIR"/guest/{session,lib.sh} "$root/usr/lib/vm/"
  rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/{dpkg/dpkg.cfg.d,apt/apt.conf.d}/99mmdebstrap
  # As mmdebstrap took them from this machine, with whatever mode they had here.
  rm -f "$root"/etc/{hostname,resolv.conf}
  install -m 644 /dev/stdin "$root/etc/hostname" <<<vm
  echo '/dev/vda / ext4 defaults,noatime 0 0' >"$root/etc/fstab"
  # Not the first boot, at which systemd would set up all units anew.
  head -c 16 "$keys/cert.der" | od -An -tx1 | tr -d ' \n' >"$root/etc/machine-id"
  quietly chroot "$root" chpasswd <<<"root:$VM_PASSWORD"
  # On an emulated machine an initramfs of all modules takes ten minutes, and several are made.
  printf '%s\n' "${BOOT_MODULES[@]}" >"$root/etc/initramfs-tools/modules"
  printf '%s\n' MODULES=list COMPRESS=gzip COMPRESSLEVEL=1 >"$root/etc/initramfs-tools/conf.d/vm"
  for unit in "${MASKED[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
}

# Fails if anything below the folder has a label.
ensure_unlabelled() {
  local labelled
  labelled=$(getfattr -R -h -P -m '^security.ima$' "$1" 2>/dev/null | head -n1)
  [[ ! $labelled ]] || die "labelled from the start: $labelled"
}
