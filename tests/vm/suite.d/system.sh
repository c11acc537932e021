# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the groups with a whole Debian of about 300 packages, systemd and a login prompt.
# Disks are prepared outside, as from a rescue system; what counts is how they boot.

# Afterwards $debian/debs are the packages of the archive, $packages the signed ones, and $bare the system without labels.
bare_system() {
  local folders
  once system make_system
  mapfile -t folders <"$work/system.folders"
  # shellcheck disable=SC2034 # suite.d/sources.sh uses the last
  packages=${folders[0]} bare=${folders[1]} debian=${folders[2]}
  # For `check`.
  # shellcheck source=../try/guest/lib.sh
  . "$TRY_DIR/guest/lib.sh"
}

# The same, and $work/labelled.img is that system, labelled.
whole_system() {
  bare_system
  once labelled label_bare
}

make_system() { "$VM_DIR/system" --sign "${sign[0]}" "${ours[@]}" >"$work/system.folders"; }

# A system that was installed before its packages were signed.
label_bare() {
  local disk=$work/unlabelled.img
  cp --sparse=always "$bare/root.img" "$disk"
  check "relabel without the signed packages labels nothing" on_disk "$disk" labels_nothing
  check "relabel --from a folder of them labels the system" on_disk "$disk" "${sign[0]}" relabel --root "$mnt" --from "$packages"
  check "... and more than 2000 files" test "$(labels_of "$disk" | tee "$work/labels" | wc -l)" -gt 2000
  check "... and a second time finds nothing to do" on_disk "$disk" finds_nothing_to_label
  check "... and verify finds nothing wrong in the whole system" on_disk "$disk" is_verified
  cp --sparse=always "$disk" "$work/altered.img"
  check "... unless a program is altered" on_disk "$work/altered.img" sees_alteration
  rm "$work/altered.img"
  mv "$disk" "$work/labelled.img"
}
labels_nothing() { "${sign[0]}" relabel --root "$mnt" && [[ ! $(labels_below "$mnt") ]]; }
finds_nothing_to_label() { "${sign[0]}" relabel --root "$mnt" --dry-run >"$work/plan" && ! grep '^to label' "$work/plan"; }

is_verified() { "${sign[0]}" verify --root "$mnt"; }
sees_alteration() {
  local status=0
  printf x >>"$mnt/usr/bin/env"
  is_verified >"$work/verdicts" || status=$?
  grep -F altered "$work/verdicts" && ((status == 1))
}

# on_disk IMG COMMAND…: with the disk mounted on $mnt, which is the group's own.
on_disk() {
  local disk=$1 status=0
  shift
  mount -o loop "$disk" "$mnt" || return
  "$@" || status=$?
  leave_disk && return "$status"
}
# Whatever looks through all filesystems may have a file of it open; what another mount namespace has is not unmounted there.
leave_disk() {
  local tries=0
  sync -f "$mnt"
  until umount "$mnt"; do
    ((tries++ < 100)) || return
    sleep 0.1
  done
}

# labels_of IMG: each label with its file. As they are stored, whatever the files are called.
labels_of() { on_disk "$1" labels_below "$mnt"; }
labels_below() { (cd "$1" && getfattr -R -h -P -m '^security.ima$' -d -e hex . 2>/dev/null | paste - - - | sort); }

# boot OPTION… SCRIPT…: that system. One of the checks installs a package.
boot() { "$VM_DIR/run" --system "$bare" --timeout 600 --copy-in "$(compgen -G "$packages/ed_*.deb")" "$@"; }

# overlay IMG: a disk that begins as IMG and may be written to.
overlay() {
  quietly qemu-img create -q -f qcow2 -F raw -b "$1" "$1.overlay"
  echo "$1.overlay"
}

# Key and policy from the initramfs that update-initramfs made, and from the unit, up to a login prompt.
group_login() {
  whole_system
  boot --disk "$(overlay "$work/labelled.img")" "$VM_DIR/scripts/whole.sh initramfs"
  boot --disk "$(overlay "$work/labelled.img")" --initrd "$bare/initrd-without-hook" "$VM_DIR/scripts/whole.sh unit"
}

# A backup that knows nothing of attributes, unpacked over the system; from there, relabelled from outside.
group_restore() {
  local disk=$work/restored.img log=$work/restored.log status=0
  whole_system
  cp --sparse=always "$work/labelled.img" "$disk"
  on_disk "$disk" restore_tar
  check "tar: the restored system has lost its labels" test -z "$(labels_of "$disk" | head -n1)"
  # The control: the policy is loaded by force, and the kernel refuses init.
  boot --disk "$(overlay "$disk")" --append dpkg_ima=force --log "$log" "$VM_DIR/scripts/whole.sh initramfs" || status=$?
  check "tar: it does not boot" test $status = 2
  check "tar: ... because init is refused" grep -aE 'op=appraise_data cause=IMA-signature-required .*name="/.*systemd" .*res=0' "$log"
  check "tar: ... and the machine had said so" grep -aF "dpkg_ima=force: '/sbin/init' has no signature" "$log"
  check "tar: relabel" on_disk "$disk" "${sign[0]}" relabel --root "$mnt"
  check "tar: all labels are as they were" same_labels "$disk"
  boot --disk "$(overlay "$disk")" "$VM_DIR/scripts/whole.sh initramfs"

  cp --sparse=always "$work/labelled.img" "$disk"
  on_disk "$disk" restore_rsync
  check "rsync: what was restored has lost its labels" test -z "$(labels_of "$disk" | grep -F 'file: usr/bin/')"
  # The machine itself, which enforces nothing yet.
  boot --disk "$disk" --append dpkg_ima=off "$VM_DIR/scripts/relabel.sh"
  check "rsync: all labels are as they were" same_labels "$disk"
  boot --disk "$disk" "$VM_DIR/scripts/whole.sh initramfs"
}

restore_tar() {
  tar -C "$mnt" -cf "$work/backup.tar" . && tar -C "$mnt" -xpf "$work/backup.tar" && rm "$work/backup.tar"
}

# rsync leaves alone what is as it was: something must have happened to the system.
restore_rsync() {
  rsync -a "$mnt/" "$work/backup/" && rm -rf "$mnt"/usr/{bin,sbin,lib,libexec} "$mnt/var/lib/dpkg/info" &&
    rsync -a "$work/backup/" "$mnt/" && rm -rf "$work/backup"
}

same_labels() { diff "$work/labels" <(labels_of "$1") | head -n 20 | ( ! grep . ); }
