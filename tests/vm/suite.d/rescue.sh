# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the group about a whole Debian that enforces and has become such that it would not boot. Each fault is made on
# its disk, as an administrator could make it; the initramfs stops, and the machine is brought back by what the README says.

group_rescue() {
  whole_system
  # fault TEXT: what the initramfs says of it.
  rescue certificate 'the kernel holds no key'
  rescue typo "has a value"
  rescue libc 'has no signature'
  rescue modules ''
}

# rescue FAULT TEXT: without a text, the machine boots all the same, but not well.
rescue() {
  local fault=$1 text=$2 disk=$work/$1.img log=$work/$1.log status=0
  cp --sparse=always "$work/labelled.img" "$disk"
  on_disk "$disk" "break_$fault"
  own_initrd "$disk"
  if [[ $text ]]; then
    boot_own --disk "$(overlay "$disk")" --log "$log" "$VM_DIR/scripts/whole.sh initramfs" || status=$?
    check "$fault: it does not boot" test $status = 2
    check "$fault: ... and says why" grep -aF "$text" "$log"
    check "$fault: ... and what to do" grep -aF "'exit' boots without" "$log"
  fi
  boot_own --disk "$disk" --append dpkg_ima=off --copy-in "$keys/cert.pem" "$VM_DIR/scripts/rescue.sh $fault"
  own_initrd "$disk"
  boot_own --disk "$disk" "$VM_DIR/scripts/whole.sh initramfs"
  rm "$disk"
}

# The initramfs that is on the disk: $work/own-initrd.
own_initrd() { on_disk "$1" copy_initrd; }
copy_initrd() { cp "$mnt"/boot/initrd.img-* "$work/own-initrd"; }
boot_own() { boot --timeout 1800 --initrd "$work/own-initrd" "$@"; }

break_certificate() { rm "$mnt/etc/keys/ima/cert.pem" && remake_initrd; }
break_typo() { sed -i 's/func=BPRM_CHECK/func=BPRM_CHEK/' "$mnt/etc/dpkg-ima/policy" && remake_initrd; }
break_libc() { setfattr -x security.ima "$(realpath "$mnt"/usr/lib/x86_64-linux-gnu/libc.so.6)"; }
break_modules() { find "$mnt/usr/lib/modules" -name '*.ko*' -exec setfattr -x security.ima {} +; }

# In a subshell, so that the disk is unmounted if that fails.
remake_initrd() (
  # The shell inside expands it.
  # shellcheck disable=SC2016
  quietly unshare --mount sh -c 'mount --bind /proc "$0/proc" && exec chroot "$0" update-initramfs -u' "$mnt"
)
