# shellcheck shell=bash disable=SC2154 # the options are variables of run
# Sourced by run: the disk that hands scripts over to the machine, and the QEMU process itself.
# It knows nothing of what the scripts print; that is follow.sh.

# For every kernel of ours, whoever loads it. no_timer_check: on a busy host the kernel's test of the timer fails, and it
# panics before it has begun.
KERNEL_WORDS='console=ttyS0 loglevel=6 panic=-1 oops=panic log_buf_len=16M audit_backlog_limit=8192 mitigations=off no_timer_check'

# hand_over WORK POLICY FILE… -- SCRIPT…: makes WORK/host.img, WORK/spare.img (an empty file system, /dev/vdc), and WORK/nonce, the
# word that marks the machine's own lines.
hand_over() {
  local work=$1 policy=$2 stage=$1/host number=0 files words name
  shift 2
  mkdir -p "$stage"/{scripts,files}
  head -c 9 /dev/urandom | base64 | tr '+/' '-_' >"$work/nonce"
  cp "$work/nonce" "$stage/nonce"
  if [[ $policy != none ]]; then
    [[ $policy == */* ]] || policy=$TRY_DIR/policy/$policy
    # The kernel takes one page at most.
    grep -v '^#' "$policy" >"$stage/policy" || die "no policy '$policy'"
    (($(wc -c <"$stage/policy") < 4096)) || die "the policy '$policy' is longer than a page"
  fi
  install -m 755 /dev/stdin "$stage/probe" <<<'#!/bin/sh'
  while [[ $1 != -- ]]; do
    cp -a "$1" "$stage/files/" || die "cannot hand over '$1'"
    shift
  done
  shift
  for words; do
    name=$((++number))-$(basename "${words%% *}")
    cp "${words%% *}" "$stage/scripts/$name" || die "no script '${words%% *}'"
    echo "$name${words#"${words%% *}"}" >>"$stage/run"
  done
  # A label takes a block.
  files=$(find "$stage" | wc -l)
  truncate -s "$(($(du -sm "$stage" | cut -f1) * 11 / 10 + files / 256 + 8))M" "$work/host.img"
  quietly mke2fs -q -F -t ext4 -I 256 -b 4096 -N "$((files + 64))" -O ^has_journal -m 0 -U "$VM_HOST_UUID" -d "$stage" "$work/host.img"
  truncate -s 64M "$work/spare.img"
  quietly mke2fs -q -F -t ext4 -I 256 "$work/spare.img"
}

# start_machine WORK KERNEL DISK: WORK/console is what the machine says, WORK/kernel.log the kernel's log and all else on the
# serial console, whose input is WORK/keyboard.
# Uses the options mem, accel, appraise, system, boot_loader, initrd, append, network, disk and log_writes of run.
start_machine() {
  local work=$1 kernel=$2 image=$3 cpu=max drives boots card=()
  image=$(realpath "$image")
  if [[ $disk && ! $log_writes ]]; then
    drives=(-blockdev "driver=file,filename=$image,node-name=file,cache.no-flush=on"
      -blockdev "driver=$(disk_format "$image"),file=file,node-name=disk")
  else
    quietly qemu-img create -q -f qcow2 -F "$(disk_format "$image")" -b "$image" "$work/overlay.qcow2"
    drives=(-blockdev "driver=file,filename=$work/overlay.qcow2,node-name=file,cache.no-flush=on"
      -blockdev "driver=qcow2,file=file,node-name=disk")
  fi
  if [[ $log_writes ]]; then
    rm -f "$log_writes"
    truncate -s 1M "$log_writes"
    # Only here a flush must reach the driver, which notes it. Every write updates the log's own count, for the machine
    # will be killed without notice.
    drives+=(-blockdev "driver=file,filename=$(realpath "$log_writes"),node-name=log,cache.no-flush=on"
      -blockdev "driver=blklogwrites,file=disk,log=log,log-super-update-interval=1,node-name=root"
      -device "virtio-blk-pci,drive=root,write-cache=on,discard=off,write-zeroes=off")
  else
    drives+=(-device "virtio-blk-pci,drive=disk,write-cache=on,discard=off,write-zeroes=off")
  fi
  drives+=(-blockdev "driver=file,filename=$work/host.img,node-name=hostfile,read-only=on"
    -blockdev "driver=raw,file=hostfile,node-name=host,read-only=on" -device "virtio-blk-pci,drive=host"
    -blockdev "driver=file,filename=$work/spare.img,node-name=sparefile"
    -blockdev "driver=raw,file=sparefile,node-name=spare" -device "virtio-blk-pci,drive=spare")
  boots=(-kernel "$kernel/vmlinuz" -initrd "${initrd:-$kernel/initrd}" -append "$(command_line)")
  [[ ! $boot_loader ]] || boots=(-cdrom "$boot_loader" -boot d)
  [[ ! $network ]] || card=(-netdev 'user,id=net' -device 'virtio-net-pci,netdev=net,romfile=')
  mkfifo "$work/console" "$work/keyboard"
  exec 5<>"$work/keyboard"
  # Emulated, a processor of few features is quicker: what the rest stands for has to be computed. An eighth, measured.
  [[ $accel != tcg ]] || accel=tcg,thread=multi cpu=Nehalem
  qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -accel "$accel" -cpu "$cpu" -smp 2 -m "$mem" \
    "${boots[@]}" \
    -chardev "stdio,id=serial,signal=off,logfile=$work/kernel.log" -serial chardev:serial "${drives[@]}" "${card[@]}" \
    -chardev file,id=out,path=/dev/fd/7 -device virtio-serial-pci -device virtconsole,chardev=out \
    <"$work/keyboard" 7>"$work/console" >/dev/null 2>"$work/qemu.err" &
  machine=$!
}

# What the kernel is told where QEMU loads it.
command_line() {
  local init=''
  # In the harness's own initramfs it is a fixed name.
  [[ ! $initrd ]] || init='rw init=/usr/lib/vm/init'
  [[ ! $system ]] || init='rw printk.devkmsg=on sysctl.kernel.printk_ratelimit=0'
  echo "root=/dev/vda ima_appraise=$appraise $KERNEL_WORDS $init $append"
}

disk_format() {
  qemu-img info "$1" | sed -n 's/^file format: //p'
}

# Afterwards the machine is off, at once and without a chance to write anything; qemu_ended is what QEMU ended with.
stop_machine() {
  [[ $machine ]] || return 0
  [[ ! $typist ]] || kill "$typist" 2>/dev/null || true
  kill -KILL "$machine" 2>/dev/null || true
  qemu_ended=0
  wait "$machine" 2>/dev/null || qemu_ended=$?
  machine=''
}
