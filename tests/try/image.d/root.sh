# shellcheck shell=bash
# The root filesystem: a small Debian, its labels, and the ext4 image of both. It holds no kernel. Sourced by image.

# What tests need beyond the essential packages and apt. Everything else a test brings along itself (fetch).
ROOT_PACKAGES=(attr keyutils kmod debconf)

# build_base SUITE DIR: DIR/root.tar, unlabelled and without any package of ours, and DIR/status, dpkg's database (for fetch).
build_base() {
  local suite=$1 dir=$2 include
  include=$(IFS=,; echo "${ROOT_PACKAGES[*]}")
  note "root: mmdebstrap $suite"
  sources_for "$suite" >"$dir/sources.list"
  quietly mmdebstrap --mode=root --variant=minbase --include="$include" --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    "$suite" "$dir/root.tar" "$dir/sources.list"
  tar -xOf "$dir/root.tar" ./var/lib/dpkg/status >"$dir/status"
}

# make_keys DIR, once for all images: the key that signs the root (key.pem), its certificate for OpenSSL (cert.pem) and the kernel (cert.der),
# and a second pair, other.*, which no machine trusts.
make_keys() {
  local dir=$1 name
  for name in '' other.; do
    quietly openssl req -new -x509 -utf8 -sha256 -days 36500 -batch -newkey rsa:2048 -nodes \
      -subj "/CN=dpkg-ima VM test key ${name:-trusted}" \
      -addext basicConstraints=critical,CA:FALSE -addext keyUsage=digitalSignature -addext subjectKeyIdentifier=hash \
      -keyout "$dir/${name}key.pem" -out "$dir/${name}cert.pem"
    openssl x509 -in "$dir/${name}cert.pem" -outform DER -out "$dir/${name}cert.der"
  done
}

# label_tree ROOT KEYS: afterwards every program, library, script and module below ROOT carries a signature by KEYS/key.pem,
# and every other regular file the hash that the kernel itself would write (which only a FILE_CHECK policy looks at).
# The one place where labels are made: `dpkg-ima sign` and `dpkg-ima-helper sweep --root` can take it over.
label_tree() {
  local root=$1 keys=$2 work list part
  work=$(mktemp -d "$root.label.XXXXXX")
  mkdir "$work"/{sign-0,sign-1,hash-0}
  list=$work/list
  {
    find "$root" -xdev -type f \( -perm /111 -o -name '*.ko' \) -print0
    # -z makes NUL the line end, so ^ stands at the start of the file (or after a NUL, which signs a few too many).
    LC_ALL=C grep -rlaPzZ --devices=skip '^(\x7fELF|#!)' "$root" || true
  } | sort -zu >"$list"
  # evmctl walks a folder in one process but takes no list: hard links make the folder. A label belongs to the inode.
  link_into "$work/sign" 2 <"$list"
  find "$root" -xdev -type f -print0 | sort -z | comm -z -23 - "$list" | link_into "$work/hash" 1
  # evmctl writes nothing but names; what it does not reach is found by ensure_labels.
  for part in sign-0 sign-1; do
    evmctl ima_sign -r -t f -a sha256 -k "$keys/key.pem" --keyid-from-cert "$keys/cert.pem" "$work/$part" >"$work/$part.log" 2>&1 &
  done
  evmctl ima_hash -r -t f -a sha256 "$work/hash-0" >"$work/hash.log" 2>&1 || die "evmctl ima_hash failed: $(tail -n1 "$work/hash.log")"
  wait
  ensure_labels "$root" "$list"
  rm -rf "$work"
}

# link_into PREFIX N: hard links of the NUL-separated files on stdin as PREFIX-0/1, PREFIX-1/2, …
link_into() {
  python3 -c '
import os, sys
prefix, parts = sys.argv[1], int(sys.argv[2])
for number, path in enumerate(p for p in sys.stdin.buffer.read().split(b"\0") if p):
    os.link(path, os.fsencode(f"{prefix}-{number % parts}/{number}"), follow_symlinks=False)' "$1" "$2"
}

# Fails unless every file has a label, and every file of the list a signature (03), not a hash (04).
ensure_labels() {
  python3 -c '
import os, sys
root, listed = sys.argv[1], set(open(sys.argv[2], "rb").read().split(b"\0"))
wrong = []
for folder, _, names in os.walk(os.fsencode(root)):
    for path in (os.path.join(folder, n) for n in names):
        if os.path.islink(path) or not os.path.isfile(path):
            continue
        try:
            kind = os.getxattr(path, "security.ima")[0]
        except OSError:
            kind = 0
        if kind != (3 if path in listed else 4):
            wrong.append(path)
print(f"{len(listed) - 1} signed")
sys.exit(f"without the right label: {wrong[:5]}" if wrong else 0)' "$1" "$2" >&2 || die "labelling failed"
}

# build_root BASE MODULES KEYS DIR DEB…: DIR/root.img and DIR/status (dpkg's database).
build_root() {
  local base=$1 modules=$2 keys=$3 dir=$4 root=$4/root
  shift 4
  mkdir "$root"
  tar --xattrs -xf "$base/root.tar" -C "$root"
  furnish "$root" "$modules"
  cp "$keys"/cert.{der,pem} "$root/etc/keys/ima/"
  (($# == 0)) || install_debs "$root" "$@"
  note "root: labelling"
  label_tree "$root" "$keys"
  cp "$root/var/lib/dpkg/status" "$dir/status"
  note "root: file system"
  truncate -s 4G "$dir/root.img"
  quietly mke2fs -q -F -t ext4 -I 256 -i 16384 -J size=32 -E lazy_itable_init=1,lazy_journal_init=1 -d "$root" "$dir/root.img"
  rm -rf "$root"
}

# What makes the tree a test machine: process 1, the functions for tests, modules; and dpkg as Debian ships it, without the
# options that mmdebstrap used.
furnish() {
  local root=$1 modules=$2
  mkdir -p "$root"/{host,usr/lib/vm,etc/keys/ima}
  install -m 755 "$TRY_DIR"/guest/{init,session} "$root/usr/lib/vm/"
  install -m 644 "$TRY_DIR/guest/lib.sh" "$root/usr/lib/vm/lib.sh"
  cp -r "$modules/lib/modules" "$root/usr/lib/"
  rm -f "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
  echo vm >"$root/etc/hostname"
}

# Installs packages before the labels are made. Without CAP_SYS_ADMIN, so that nothing of them touches the machine outside.
install_debs() {
  local root=$1
  shift
  # By apt, without any archive: it knows the order that Pre-Depends asks for.
  cp "$@" "$root/tmp/"
  # No daemon is to be started.
  install -m 755 /dev/stdin "$root/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
  DEBIAN_FRONTEND=noninteractive quietly setpriv --bounding-set=-sys_admin --inh-caps=-all chroot "$root" sh -c 'exec apt-get install -y --no-install-recommends /tmp/*.deb'
  rm "$root"/tmp/*.deb "$root/usr/sbin/policy-rc.d"
}
