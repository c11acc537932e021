# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the group about `dpkg-ima setup`, on a whole Debian that its own GRUB boots. The machine gets our packages, a
# certificate and a folder of lists; all else it does itself.

# Afterwards $1 is the disk of a Debian as it was installed: no key, no policy, nothing of ours but what tests need.
make_fresh() {
  local disk=$1 root=$work/fresh
  # shellcheck source=image.d/system.sh
  . "$VM_DIR/image.d/system.sh"
  mkdir "$root"
  tar -xf "$debian/root.tar" -C "$root"
  furnish_system "$root" "$keys"
  rm -r "$root/etc/keys"
  mkdir -p "$root/boot/grub"
  # What grub-pc would ask for.
  cat >"$root/etc/default/grub" <<GRUB
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_TERMINAL=serial
GRUB_CMDLINE_LINUX="$KERNEL_WORDS printk.devkmsg=on sysctl.kernel.printk_ratelimit=0"
GRUB
  truncate -s 4G "$disk"
  quietly mke2fs -q -F -t ext4 -I 256 -i 16384 -J size=32 -E lazy_itable_init=1,lazy_journal_init=1 -d "$root" "$disk"
  rm -rf "$root"
}

# Afterwards $1 is a disc whose GRUB reads the configuration on the disk. Its modules are on the disc: nobody ran grub-install.
make_boot_loader() {
  mkdir -p "$work/disc/boot/grub"
  cat >"$work/disc/boot/grub/grub.cfg" <<'GRUB'
serial --unit=0
terminal_output serial
search --no-floppy --set=root --file /etc/hostname
configfile ($root)/boot/grub/grub.cfg
GRUB
  quietly grub-mkrescue -o "$1" "$work/disc"
}

# From `apt install` to an enforcing machine, and back.
group_setup() {
  local disk=$work/setup.img loader=$work/loader.iso lists=$work/setup-lists script=$VM_DIR/scripts/setup.sh
  bare_system
  # shellcheck source=../../try/run.d/machine.sh
  . "$TRY_DIR/run.d/machine.sh"
  make_fresh "$disk"
  make_boot_loader "$loader"
  mkdir "$lists" "$work/ours"
  cp "${ours[@]}" "$work/ours"
  quietly "${sign[@]}" --key "$keys/key.pem" --cert "$keys/cert.pem" --detached -o "$lists" "$debian/debs" "${ours[@]}"
  at_machine() { "$VM_DIR/run" --system "$bare" --timeout 1800 --disk "$disk" "$@"; }
  at_machine --initrd "$bare/initrd-without-hook" --copy-in "$work/ours" --copy-in "$lists" --copy-in "$keys/cert.pem" "$script begin"
  at_machine --boot-loader "$loader" "$script logs"
  at_machine --boot-loader "$loader" --copy-in "$(compgen -G "$packages/ed_*.deb")" "$VM_DIR/scripts/whole.sh initramfs" "$script enforces"
  at_machine --boot-loader "$loader" "$script undone"
}
