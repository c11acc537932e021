# shellcheck shell=bash
# A Debian of about 300 packages as it comes from the archive: no label, no signed package, nothing of ours. Sourced by system.

# Besides the priorities up to `standard`.
SYSTEM_PACKAGES=(linux-image-amd64 initramfs-tools systemd-sysv dbus libpam-systemd openssh-server rsyslog at attr keyutils
  rsync zstd sudo strace htop tree psmisc iptables ethtool zip unzip bc lua5.4 python3-yaml tcl sqlite3 tmux jq curl ed
  grub2-common grub-pc-bin)
SYSTEM_MINIMUM=290

# build_debian SUITE DIR: DIR/root.tar, a Debian as it was installed from the archive, and in DIR/debs the packages it came from.
build_debian() {
  local suite=$1 dir=$2 include number
  include=$(IFS=,; echo "${SYSTEM_PACKAGES[*]}")
  note "whole system: mmdebstrap $suite"
  sources_for "$suite" >"$dir/sources.list"
  mkdir "$dir/debs"
  # The shell of the hook expands it.
  # shellcheck disable=SC2016
  quietly mmdebstrap --mode=root --variant=standard --include="$include" --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --aptopt='APT::Keep-Downloaded-Packages "true"' --skip=essential/unlink \
    --customize-hook='mv "$1"/var/cache/apt/archives/*.deb '"$dir/debs/" \
    "$suite" "$dir/root.tar" "$dir/sources.list"
  number=$(find "$dir/debs" -name '*.deb' | wc -l)
  ((number >= SYSTEM_MINIMUM)) || die "only $number packages were installed"
}
