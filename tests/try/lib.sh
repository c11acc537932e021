# shellcheck shell=bash
# What the host side shares: messages, the programs it needs, the cache, and apt for a chosen suite.
# It is sourced by dpkg-ima-try, run, image and fetch (and by tests/vm/lib.sh, for the tests); it starts nothing by itself and is
# no part of the guest (that is guest/lib.sh).

TRY_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_CACHE=${VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dpkg-ima-try}
# The suite of this computer; what is neither bookworm nor trixie is on the way from sid.
own_suite() {
  local suite
  suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  [[ $suite == bookworm || $suite == trixie ]] || suite=sid
  echo "$suite"
}
VM_SUITE=${VM_SUITE:-$(own_suite)}
# Where su leaves them out.
PATH=$PATH:/usr/sbin:/sbin
# The hand-over disk's filesystem has this identity, so that a policy can name it.
# shellcheck disable=SC2034 # used by run
VM_HOST_UUID=6d1a7c1e-0000-4000-8000-686f73740000
# What an initramfs of such a machine needs, in the order in which they are loaded.
# shellcheck disable=SC2034 # used by image.d/kernel.sh and tests/vm/image.d/system.sh
BOOT_MODULES=(virtio_pci virtio_blk virtio_console crc32c_generic ext4)
# Root's, in a whole system.
# shellcheck disable=SC2034 # used by run and by tests/vm/system
VM_PASSWORD=appraised

die() {
  echo "${0##*/}: $*" >&2
  exit 2
}

note() {
  echo "${0##*/}: $*" >&2
}

# Fails, and says what to install, unless every program that the host needs is there.
need_programs() {
  local pair missing=()
  for pair in qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils mmdebstrap:mmdebstrap apt-ftparchive:apt-utils \
    evmctl:ima-evm-utils getfattr:attr busybox:busybox-static keyctl:keyutils depmod:kmod cpio:cpio mke2fs:e2fsprogs \
    openssl:openssl zstd:zstd xz:xz-utils python3:python3; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  ((${#missing[@]} == 0)) || die "not installed: ${missing[*]}"$'\n'"hint: apt install ${missing[*]}"
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
# The archive may be a copy that stands still, which for a machine that is thrown away is as good.
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
      line = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg check-valid-until=no] " $2 " " $3 " " $4
      if (!seen[line]++) print line }' <<<"$targets" | grep . || die "no Debian archive in this machine's apt sources"
}

apt_targets() {
  # shellcheck disable=SC2016 # apt's own $(NAME) syntax
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages'
}

# private_apt DIR SUITE [STATUS]: afterwards DIR/apt.conf makes apt look at that suite and at nothing else of this computer. STATUS is
# the database of what is installed; otherwise nothing is. The archive's lists are of this hour.
private_apt() {
  local dir=$1 suite=$2 status=${3:-/dev/null} lists
  lists=$VM_CACHE/lists-$suite-$(date +%F-%H)
  build_once "$lists" fetch_lists "$suite"
  mkdir -p "$dir"/{archives/partial,empty}
  cp "$lists/sources.list" "$dir/"
  cat "$status" >"$dir/status"
  configure_apt "$dir" "$lists/lists" >"$dir/apt.conf"
}

# fetch_lists SUITE DIR: those of earlier hours go.
fetch_lists() {
  local suite=$1 dir=$2
  find "$VM_CACHE" -mindepth 1 -maxdepth 1 -name "lists-$suite-*" -mmin +120 -exec rm -rf {} +
  mkdir -p "$dir"/{lists/partial,empty}
  sources_for "$suite" >"$dir/sources.list"
  touch "$dir/status"
  configure_apt "$dir" "$dir/lists" >"$dir/apt.conf"
  APT_CONFIG=$dir/apt.conf quietly apt-get update
}

# configure_apt DIR LISTS: prints it.
configure_apt() {
  local dir=$1 lists=$2
  cat <<CONF
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "$dir/empty";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$dir/empty";
Dir::State::Lists "$lists";
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
