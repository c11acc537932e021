# shellcheck shell=bash
# Sourced by run: sits at the serial console of a whole system, logs in, and starts the scripts there.
# It judges nothing: if no prompt comes, no script begins, and follow.sh sees that.

# start_typist WORK: in the background.
start_typist() {
  log_in "$1" >&2 &
  typist=$!
}

# Every prompt is waited for: what is typed before, getty and login throw away.
log_in() {
  local work=$1 seen=0 start=$SECONDS
  await 'login: ' && note "the login prompt is there after $((SECONDS - start)) s"
  type_in root
  await 'Password: '
  type_in "$VM_PASSWORD"
  await 'root@vm:.*# '
  type_in 'mount -o ro /dev/vdb /host && exec bash /usr/lib/vm/session'
}

# await REGEX: afterwards it was on the console, since the last key was hit.
await() {
  until tail -c +$((seen + 1)) "$work/kernel.log" 2>/dev/null | grep -qaE "$1"; do sleep 0.3; done
}

type_in() {
  seen=$(wc -c <"$work/kernel.log")
  printf '%s\n' "$1" >&5
}
