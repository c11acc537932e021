# shellcheck shell=bash
# What the host side of the VM harness shares: messages, packages, the cache, and apt for a chosen suite.
# It is sourced by image, system, run, fetch and try; it starts nothing by itself and is no part of the guest (that is guest/lib.sh).

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_CACHE=${VM_CACHE:-$(cd "$VM_DIR/../.." && pwd)/target/vm}
VM_SUITE=${VM_SUITE:-bookworm}
# The hand-over disk's filesystem has this identity, so that a policy can name it.
# shellcheck disable=SC2034 # used by run
VM_HOST_UUID=6d1a7c1e-0000-4000-8000-686f73740000
# Root's, in a whole system.
# shellcheck disable=SC2034 # used by system and run
VM_PASSWORD=appraised

die() {
  echo "${0##*/}: $*" >&2
  exit 2
}

note() {
  echo "${0##*/}: $*" >&2
}

# Afterwards every package that the host needs is installed. Quick when they are.
need_packages() {
  "$VM_DIR/../lib/setup" --vm >&2 || die "cannot install what the machines need"
}

# Prints a short name for the content of the files and the words given: FILE… -- WORD…
hash_of() {
  local files=() file
  while (($#)) && [[ $1 != -- ]]; do
    files+=("$1")
    shift
  done
  {
    for file in "${files[@]}"; do sha256sum <"$file"; done
    printf '%s\n' "$@"
  } | sha256sum | cut -c1-12
}

# Runs a command whose output nobody needs unless it fails.
quietly() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    rm -f "$log"
    die "failed: $*"
  }
  rm -f "$log"
}

# Prints one-line apt sources for a suite, from the archives this machine already uses. sid has neither updates nor security.
sources_for() {
  local suite=$1 targets
  targets=$(apt_targets)
  if ! grep -q '^Debian' <<<"$targets" && ((EUID == 0)); then
    # Whose archive it is, apt knows only from its lists.
    quietly apt-get update
    targets=$(apt_targets)
  fi
    awk -F'|' -v suite="$suite" '$1 == "Debian" && $4 == "main" {
      if (match($3, /-(updates|security)$/)) { if (suite == "sid") next; $3 = suite substr($3, RSTART) }
      else if ($3 !~ /^[a-z]+$/) next
      else $3 = suite
      line = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $2 " " $3 " " $4
      if (!seen[line]++) print line }' <<<"$targets" | grep . || die "no Debian archive in this machine's apt sources"
}

apt_targets() {
  # shellcheck disable=SC2016 # apt's own $(NAME) syntax
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages'
}

# Afterwards $1/apt.conf makes apt look at suite $2 and at nothing else of this machine (status database: $3, or none installed).
private_apt() {
  local dir=$1 suite=$2 status=${3:-}
  mkdir -p "$dir"/{lists/partial,archives/partial,empty}
  sources_for "$suite" >"$dir/sources.list"
  cat "${status:-/dev/null}" >"$dir/status"
  cat >"$dir/apt.conf" <<CONF
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "$dir/empty";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$dir/empty";
Dir::State::Lists "$dir/lists";
Dir::State::Status "$dir/status";
Dir::Cache "$dir";
Dir::Cache::Archives "$dir/archives";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Get::List-Cleanup "false";
Acquire::Languages "none";
Debug::NoLocking "true";
CONF
  APT_CONFIG=$dir/apt.conf quietly apt-get update
}

# Makes a folder complete or absent: runs BUILDER TMP, then renames TMP to the final name.
build_once() {
  local target=$1 tmp status
  shift
  [[ -e $target ]] && return 0
  mkdir -p "$(dirname "$target")"
  tmp=$(mktemp -d "$target.XXXXXX")
  # Not in a condition: bash would ignore `set -e` within.
  set +e
  (set -e && "$@" "$tmp")
  status=$?
  set -e
  ((status == 0)) || { rm -rf "$tmp" && die "could not build ${target##*/}"; }
  chmod 755 "$tmp"
  mv -T "$tmp" "$target" 2>/dev/null || { [[ -e $target ]] && rm -rf "$tmp"; }
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
