# shellcheck shell=bash
# Sourced by suite: small packages for the life-cycle tests, made by dpkg-deb. Nothing in them is signed yet.

# script FILE TEXT…: an executable shell script.
script() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  printf '%s\n' '#!/bin/sh' 'set -e' "$@" >"$file"
  chmod 755 "$file"
}

# package TREE NAME VERSION [FIELD…]: fills in DEBIAN/control; every maintainer script says which it is.
package() {
  local tree=$1 name=$2 version=$3 member
  shift 3
  mkdir -p "$tree/DEBIAN"
  printf '%s\n' "Package: $name" "Version: $version" 'Architecture: amd64' 'Maintainer: Tests <tests@example.org>' \
    "Description: a package of the VM tests" "$@" >"$tree/DEBIAN/control"
  for member in preinst postinst prerm postrm; do
    [[ -e $tree/DEBIAN/$member ]] || script "$tree/DEBIAN/$member" "echo $name $version $member \"\$@\""
  done
}

# pack TREE FOLDER: the .deb, named by its fields.
pack() {
  dpkg-deb --root-owner-group -Zgzip -b "$1" "$2" >/dev/null
  rm -rf "$1"
}

# Everything a package can do: hard links, setuid, a conffile that is executed, both spellings of a merged folder.
life_package() {
  local tree=$1 version=$2
  script "$tree/usr/bin/life" "echo life $version"
  ln "$tree/usr/bin/life" "$tree/usr/bin/life-link"
  script "$tree/usr/bin/life-setuid" "echo setuid $version"
  chmod 4755 "$tree/usr/bin/life-setuid"
  script "$tree/bin/life-merged" "echo merged $version"
  script "$tree/usr/share/life/shared" "echo shared"
  script "$tree/etc/life/run" "echo conffile $version"
  package "$tree" life "$version" 'Section: misc'
  echo /etc/life/run >"$tree/DEBIAN/conffiles"
}

# make_packages FOLDER: all of them.
make_packages() {
  local out=$1 tree=$1/tree version
  mkdir -p "$out"
  for version in 1 2 3; do
    life_package "$tree" $version
    pack "$tree" "$out"
  done

  script "$tree/usr/bin/broken" 'echo broken 1'
  package "$tree" broken 1
  pack "$tree" "$out"
  script "$tree/usr/bin/broken" 'echo broken 2'
  script "$tree/DEBIAN/preinst" 'exit 1'
  package "$tree" broken 2
  pack "$tree" "$out"
  script "$tree/usr/bin/broken" 'echo broken 3'
  script "$tree/DEBIAN/postinst" 'exit 1'
  package "$tree" broken 3
  pack "$tree" "$out"

  script "$tree/usr/bin/life" 'echo diverting'
  script "$tree/DEBIAN/preinst" \
    'dpkg-divert --package diverter --add --rename --divert /usr/bin/life.real /usr/bin/life'
  script "$tree/DEBIAN/postrm" \
    'case $1 in remove) dpkg-divert --package diverter --remove --rename --divert /usr/bin/life.real /usr/bin/life ;; esac'
  package "$tree" diverter 1
  pack "$tree" "$out"

  script "$tree/usr/bin/life-link" 'echo replaced'
  package "$tree" replacer 1 'Replaces: life'
  pack "$tree" "$out"

  script "$tree/usr/lib/x86_64-linux-gnu/same/run" 'echo same'
  package "$tree" same 1 'Multi-Arch: same'
  pack "$tree" "$out"

  # Long enough in its preinst for something to happen to the guard.
  script "$tree/usr/bin/slow" 'echo slow'
  script "$tree/DEBIAN/preinst" '[ ! -e /run/slow ] || sleep 4'
  package "$tree" slow 1
  pack "$tree" "$out"

  # Byte for byte the shell, and an empty program: their digests are shared with others. Without scripts, since a copy of
  # this package is signed with a key that no machine holds.
  mkdir -p "$tree/usr/bin"
  cp "$2" "$tree/usr/bin/copy-of-dash"
  : >"$tree/usr/bin/copy-empty"
  chmod 755 "$tree/usr/bin/"copy-*
  package "$tree" copy 1
  rm "$tree"/DEBIAN/p*
  pack "$tree" "$out"

  local name
  for name in twin-a twin-b; do
    script "$tree/usr/bin/$name" 'echo twin'
    : >"$tree/usr/bin/$name-empty"
    chmod 755 "$tree/usr/bin/$name-empty"
    package "$tree" $name 1
    rm "$tree"/DEBIAN/p*
    pack "$tree" "$out"
  done

  script "$tree/usr/bin/foreign" 'echo foreign'
  package "$tree" foreign 1
  rm "$tree"/DEBIAN/p*
  pack "$tree" "$out"
}
