# shellcheck shell=bash
# For test scripts inside the machine: `. /usr/lib/vm/lib.sh`. Checks, and the kernel's refusals counted from its audit records.
# A refusal is what the kernel wrote about itself; that a command failed is never taken for one.

# check NAME CMD…: runs CMD, prints `ok NAME`, or `not ok NAME` and what CMD said. The host fails the run for any `not ok`.
check() {
  local name=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  if ((status == 0)); then
    echo "ok $name"
  else
    echo "not ok $name"
    # shellcheck disable=SC2001 # one prefix per line
    sed 's/^/# /' <<<"(exit $status) $*${output:+$'\n'$output}"
    return 1
  fi
}

# The probe: a program that every policy of ours refuses, run under a name of its own. When its record is in the log, all
# earlier records are, for the kernel prints them in order and in the background. If it never comes, counting is impossible.
_probe() {
  local tries=0 name=vmprobe$1
  if (printf %s "$name" >/proc/self/task/$BASHPID/comm && exec /host/probe) 2>/dev/null; then
    echo "the probe was not refused: this machine does not enforce" >&2
    return 1
  fi
  until dmesg | grep -qF "comm=\"$name\""; do
    ((tries++ < 100)) || { echo "the kernel wrote no record for the probe" >&2; return 1; }
    sleep 0.1
  done
}

# refusals_begin: what is refused from here on is counted.
refusals_begin() {
  local last=0
  [[ ! -e /run/vm/probe ]] || last=$(</run/vm/probe)
  echo $((last + 1)) >/run/vm/probe
  _probe $((last + 1))
}

# refusals_since: one line `OP CAUSE NAME COMM` for each refusal since refusals_begin, and a new beginning. Fails if the
# kernel dropped records or the counting itself does not work.
refusals_since() {
  local from log
  from=$(</run/vm/probe)
  refusals_begin || return 1
  if ! log=$(dmesg | awk -v from="comm=\"vmprobe$from\"" -v to="comm=\"vmprobe$((from + 1))\"" '
    index($0, to) {exit}
    begun {print}
    index($0, from) {begun = 1}
    END {exit !begun}'); then
    echo "the kernel's log no longer reaches back to refusals_begin" >&2
    return 1
  fi
  if grep -E 'audit_lost=|audit: .*(overflow|limit exceeded)' <<<"$log" >&2; then
    echo "the kernel dropped audit records" >&2
    return 1
  fi
  # Names with blanks or quotes come in hex and are left so.
  sed -nE 's/.* op="?([^" ]+)"? cause="?([^" ]+)"? comm="?([^" ]+)"?( name="?([^" ]+)"?)?.* res=0.*/\1 \2 \5 \3/p' <<<"$log"
}

# expect_no_refusal [CMD…]: CMD succeeds, and nothing was refused meanwhile (without CMD: since refusals_begin).
expect_no_refusal() {
  local status=0 refused
  if (($#)); then
    refusals_begin || return 1
    "$@" || { status=$? && echo "exit $status"; }
  fi
  refused=$(refusals_since) || return 1
  [[ ! $refused ]] || { printf 'refused: %s\n' "$refused"; return 1; }
  return "$status"
}

# expect_refused NAME CMD…: CMD fails, and the kernel recorded a refusal of the file NAME (an extended regular expression
# that matches the whole path). What CMD printed is passed on.
expect_refused() {
  local name=$1 status=0 refused
  shift
  refusals_begin || return 1
  "$@" || status=$?
  refused=$(refusals_since) || return 1
  ((status)) || { echo "it ran: $*"; return 1; }
  awk -v name="^($name)\$" '$3 ~ name {found = 1} END {exit !found}' <<<"$refused" && return 0
  printf 'no record of a refusal of %s, only: %s\n' "$name" "${refused:-none}"
  return 1
}

# label_of FILE: its security.ima, as setfattr -v takes it. label_type FILE: 03 a signature, 04 a hash, nothing: none.
label_of() { getfattr --absolute-names --only-values -n security.ima "$1" | base64 -w0 | sed 's/^/0s/'; }
label_type() { getfattr --absolute-names --only-values -n security.ima "$1" 2>/dev/null | head -c1 | od -An -tx1 | tr -d ' '; }
