# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the groups about policies and about the boot. What each shows is said in its scripts.

# Each sample policy: what `policy check` predicts is what the kernel does, also where no package puts files.
group_policies() {
  local name policies=$VM_DIR/../../hooks/policies
  make_snap
  machine --policy none "$VM_DIR/scripts/policy-syntax.sh"
  for name in everyone everyone-and-kernel root; do
    machine --policy "$policies/$name" --copy-in "$work/snap.squashfs" "$VM_DIR/scripts/policies.sh $name" \
      "$VM_DIR/scripts/places.sh /usr/share/dpkg-ima/policies/$name"
  done
  machine --policy "$policies/lsm-label" "$VM_DIR/scripts/policies.sh lsm-label"
  # As the comment in it says.
  printf '%s\n' 'dont_appraise fsmagic=0x73717368' 'dont_appraise fsmagic=0x794c7630 fowner=0' |
    cat - "$policies/everyone" >"$work/exempting"
  machine --policy "$work/exempting" --copy-in "$work/exempting" --copy-in "$work/snap.squashfs" \
    "$VM_DIR/scripts/places.sh /host/files/exempting"
}

# A snap's filesystem: $work/snap.squashfs, with what places.sh wants to be in it.
make_snap() {
  local folder=$work/snap
  mkdir "$folder"
  cp /usr/bin/env "$folder/of-root"
  cp /usr/bin/env "$folder/of-user"
  chown 1000 "$folder/of-user"
  quietly mksquashfs "$folder" "$work/snap.squashfs" -no-xattrs -noappend
}

# Keys and policy as the systemd unit loads them.
group_boot() {
  machine --policy none --copy-in "$keys/other.cert.pem" "$VM_DIR/scripts/boot.sh"
}

# The same by an initramfs that update-initramfs made: with the key, without it, and told to let it be.
group_initramfs() {
  local deb tools=() initrd=$work/initrd log=$work/initramfs.log status=0 name
  "$VM_DIR/fetch" "$work/initramfs-tools" initramfs-tools
  for deb in "$work"/initramfs-tools/*.deb; do tools+=(--with "$deb"); done
  cp --sparse=always "$("$VM_DIR/image" "${with[@]}" "${tools[@]}" | tail -n1)/root.img" "$work/initramfs.img"
  local boot=("$VM_DIR/run" "${with[@]}" "${tools[@]}" --disk "$work/initramfs.img" --timeout 900)
  "${boot[@]}" --policy none "$VM_DIR/scripts/make-initramfs.sh"
  for name in with-key without-key; do
    quietly debugfs -R "dump /boot/$name $initrd-$name" "$work/initramfs.img"
    [[ -s $initrd-$name ]] || die "no initramfs $name was made"
  done
  "${boot[@]}" --policy none --initrd "$initrd-with-key" "$VM_DIR/scripts/in-force.sh"
  "${boot[@]}" --policy none --initrd "$initrd-without-key" --timeout 180 --log "$log" "$VM_DIR/scripts/in-force.sh" || status=$?
  ((status == 2)) || die "without the key, it did not stop: $status"
  grep -a 'the kernel holds no key' "$log" || die "without the key, it did not say why it stopped"
  grep -aF "'exit' boots without" "$log" || die "without the key, it did not say what to do"
  "${boot[@]}" --policy none --initrd "$initrd-without-key" --append dpkg_ima=off "$VM_DIR/scripts/in-force.sh off"
  # Told to, it loads a policy under which nothing runs: the control for all that care.
  status=0
  "${boot[@]}" --policy none --initrd "$initrd-without-key" --append dpkg_ima=force --timeout 180 --log "$log" "$VM_DIR/scripts/in-force.sh" || status=$?
  ((status == 2)) || die "without the key and by force, it booted: $status"
  grep -a 'dpkg_ima=force: the policy demands signatures' "$log" || die "without the key and by force, it did not say so"
}
