# shellcheck shell=bash
# What the tests add to tests/try/lib.sh, which it sources: the cache in target/vm, packages by apt-get, and jobs beside each
# other.
# It is sourced by everything in this folder; it starts nothing by itself and is no part of the guest.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export VM_CACHE=${VM_CACHE:-$(cd "$VM_DIR/../.." && pwd)/target/vm}
# A machine within a machine must give the same result everywhere.
export VM_ACCEL=${VM_ACCEL:-tcg}
# shellcheck source=../try/lib.sh
. "$VM_DIR/../try/lib.sh"
export VM_SUITE

# Afterwards every package that the host needs is installed. Quick when they are.
need_packages() {
  "$VM_DIR/../lib/setup" --vm >&2 || die "cannot install what the machines need"
}

# beside COMMAND…: runs it in the background, as soon as fewer run than there are processors. In a process group of its
# own, so that its machines can be ended with it.
beside() {
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
  set -m
  "$@" &
  set +m
}

# end_beside: what still runs there ends.
end_beside() {
  local leader
  for leader in $(jobs -rp); do kill -- "-$leader" 2>/dev/null || true; done
}

# in_one_piece OUTPUT COMMAND…: what it prints is shown when it has ended, not mixed with what another one prints.
# OUTPUT is the file that keeps it until then. Returns how the command ended.
in_one_piece() {
  local output=$1 status
  shift
  # Not in a condition: bash would ignore `set -e` within.
  set +e
  (set -e && "$@") >"$output" 2>&1
  status=$?
  set -e
  flock "$VM_CACHE" cat "$output"
  return "$status"
}
