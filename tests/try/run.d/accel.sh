# shellcheck shell=bash
# Sourced by run: whether the machine runs with KVM or is emulated.

# A kernel that finds no root gives up within a few seconds, if it runs at all.
KVM_PROBE_SECONDS=20

# accel_for CHOICE KERNEL: prints kvm or tcg; `auto` is kvm where a guest really runs with it. Tried once for each boot of this
# computer, since where it does not that takes the whole time.
accel_for() {
  local choice=$1 kernel=$2 known
  [[ $choice != auto ]] || [[ -w /dev/kvm ]] || choice=tcg
  if [[ $choice == auto ]]; then
    known=$VM_CACHE/accel-$(</proc/sys/kernel/random/boot_id)
    if [[ ! -e $known ]]; then
      rm -f "$VM_CACHE"/accel-*
      if guest_runs "$kernel"; then echo kvm; else echo tcg; fi >"$known"
      note "machines run with $(<"$known")"
    fi
    choice=$(<"$known")
  fi
  echo "$choice"
}

# guest_runs KERNEL: with KVM it comes as far as to miss its root. On some computers /dev/kvm is there, and guests hang in it.
guest_runs() {
  local kernel=$1 console status=1
  console=$(mktemp)
  # It may also abort, which bash tells.
  {
    timeout --kill-after=1 "$KVM_PROBE_SECONDS" qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
      -accel kvm -cpu max -m 512 -kernel "$kernel/vmlinuz" -append 'console=ttyS0 panic=-1' -serial "file:$console" \
      </dev/null >/dev/null || true
  } 2>/dev/null
  ! grep -qa 'Kernel panic - not syncing: VFS' "$console" || status=0
  rm "$console"
  return "$status"
}
