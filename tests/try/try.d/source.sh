# shellcheck shell=bash disable=SC2154 # the options are variables of dpkg-ima-try
# Sourced by dpkg-ima-try: the source package whose tests are run, with labels. It runs none of them.

# source_of DEB: prints NAME VERSION.
source_of() {
  local source
  source=$(dpkg-deb -f "$1" Source)
  [[ $source ]] || source=$(name_of "$1")
  case $source in
    *\(*) echo "${source%% *} $(sed -E 's/.*\((.*)\)/\1/' <<<"$source")" ;;
    *) echo "$source $(version_of "$1")" ;;
  esac
}

# take_source FOLDER: the source of the first package with its tests, and what they need in $work/source.depends. Absent if it has
# no tests.
take_source() {
  local folder=$1 name version
  read -r name version < <(source_of "${new[0]}")
  if grep -qsx "Source: $name" debian/control; then
    mkdir "$folder"
    tar --exclude=./.git -c . | tar -x -C "$folder"
  else
    archive_source "$name" "$version" "$folder"
  fi
  if [[ ! -e $folder/debian/tests/control ]]; then
    note "'$name' has no debian/tests/control: no tests"
    rm -rf "$folder"
    return
  fi
  python3 "$TRY_DIR/try.d/plan.py" "$folder" "$work/source.depends" || die "cannot read the tests of '$name'"
}

# archive_source NAME VERSION FOLDER
archive_source() {
  local dir=$work/sources
  private_apt "$dir" "$VM_SUITE"
  sed -i 's/^deb /deb-src /' "$dir/sources.list"
  mkdir -p "$dir"/{lists/partial,unpacked}
  configure_apt "$dir" "$dir/lists" >"$dir/apt.conf"
  APT_CONFIG=$dir/apt.conf quietly apt-get update
  (cd "$dir/unpacked" && APT_CONFIG=$dir/apt.conf quietly apt-get -qq source "$1=$2") ||
    die "no source of '$1' $2 here or in the archive"$'\n'"hint: run it in the folder that the package was built in"
  mv "$dir/unpacked"/*/ "$3"
}

# label_source FOLDER OUT: signed by the machine's key, for they would be refused otherwise: no package brings them.
label_source() {
  mkdir -p "${2%/*}"
  mv "$1" "$2"
  label_tree "$2" "$keys"
}
