# shellcheck shell=bash disable=SC2154 # the options are variables of dpkg-ima-try
# Sourced by dpkg-ima-try: which packages take part, where they come from, and their signatures. It starts no machine.

ensure_deb() { dpkg-deb -f "$1" Package >/dev/null 2>&1 || die "'$1' is no Debian package"; }
name_of() { dpkg-deb -f "$1" Package; }
version_of() { dpkg-deb -f "$1" Version; }

# has NAME DEB…: whether one of them is of that name.
has() {
  local name=$1 deb
  shift
  for deb; do [[ $(name_of "$deb") != "$name" ]] || return 0; done
  return 1
}

# own_package NAME: the .deb of a package of dpkg-ima, in the version that is installed here, from wherever apt has it.
own_package() {
  local name=$1 version hint=$'\n'"hint: give it by --with ${1}_….deb"
  version=$(dpkg-query -W -f '${Version}' dpkg-ima-tools 2>/dev/null) || die "dpkg-ima-tools is not installed$hint"
  mkdir -p "$work/own"
  (cd "$work/own" && apt-get -qq -o APT::Sandbox::User=root download "$name=$version" >/dev/null 2>&1) ||
    die "apt does not have '$name' $version$hint"
  compgen -G "$work/own/${name}_*.deb"
}

# archive_versions FOLDER: afterwards `old` has the archive's version of each package, where it has another one than is given.
archive_versions() {
  local folder=$1 deb name found
  mkdir -p "$folder"
  private_apt "$work/apt" "$VM_SUITE"
  for deb in "${new[@]}"; do
    name=$(name_of "$deb")
    (cd "$folder" && APT_CONFIG=$work/apt/apt.conf apt-get -qq download "$name" >/dev/null 2>&1) || continue
    found=$(compgen -G "$folder/${name}_*.deb")
    dpkg --compare-versions "$(version_of "$found")" eq "$(version_of "$deb")" || old+=("$found")
  done
  ((${#old[@]})) || note "the archive has no other version: no upgrade"
}

# fetch_dependencies FOLDER: of all that will be installed, and of the tests, from the archive. For each version by itself, since
# apt installs only one.
fetch_dependencies() {
  local folder=$1 extra=() deb
  [[ ! -s $work/source.depends ]] || extra=("$(package_that_needs "$(<"$work/source.depends")")")
  "$TRY_DIR/fetch" --dependencies-only "$folder" "${with[@]}" "${new[@]}" "${extra[@]}"
  ((${#old[@]} == 0)) || "$TRY_DIR/fetch" --dependencies-only "$folder" "${with[@]}" "${old[@]}"
  # The given ones are to be installed on the machine, not beforehand.
  for deb in "${new[@]}"; do rm -f "$folder/$(name_of "$deb")"_*.deb; done
}

# package_that_needs DEPENDS: an empty package of that, for apt.
package_that_needs() {
  local tree=$work/needs
  mkdir -p "$tree/DEBIAN"
  printf '%s\n' 'Package: dpkg-ima-try-needs' 'Version: 1' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' \
    'Description: what tests need' "Depends: $1" >"$tree/DEBIAN/control"
  quietly dpkg-deb --root-owner-group -Znone -b "$tree" "$tree.deb"
  echo "$tree.deb"
}

# take FOLDER DEB…: the packages, signed unless told otherwise, in a folder to hand over.
take() {
  local folder=$1
  shift
  mkdir -p "$folder"
  if [[ $unsigned ]]; then
    cp "$@" "$folder/"
  else
    quietly "$sign" sign --key "$keys/key.pem" --cert "$keys/cert.pem" -o "$folder" "$@"
  fi
}
