#!/bin/bash
# The machine's side of `dpkg-ima-try`: takes the packages in /host/files/new (and old, what they are upgraded from) through their
# life, and says at each step what the kernel refused, and why. Exit 1 if it refused anything, or if dpkg or a test failed.
# It does not start the packages' programs, but it maps each one as the loader does, which the kernel appraises.
# shellcheck disable=SC2001,SC2317 # sed for one prefix per line; functions called by step
. /usr/lib/vm/lib.sh
# shellcheck source=autopkgtest.sh
. /host/files/autopkgtest.sh

failed=0 files=/host/files
loader=$(compgen -G '/lib64/ld-linux*' | head -n1)
# Of so many refused files a step tells why.
EXPLAINED_MAX=8
# For what must not be lost with a step's output.
exec 3>&1

# step NAME CMD…: one step of the packages' life.
step() {
  local name=$1 status=0 output refused
  shift
  refusals_begin || exit 2
  output=$("$@" 2>&1) || status=$?
  refused=$(refusals_since) || exit 2
  if [[ ! $refused && $status == 0 ]]; then
    echo "ok $name"
    return
  fi
  failed=1
  echo "not ok $name"
  [[ ! $refused ]] || explain "$refused"
  # What was said matters only where it failed.
  ((status == 0)) || sed 's/^/  said: /' <<<"$output" | tail -n 20
}

# explain REFUSALS: each with its count, and what `dpkg-ima why` says to the file.
explain() {
  local file number=0
  awk '{print "  refused: " $3 " (" $2 ", by " $4 ")"}' <<<"$1" | sort | uniq -c | sed -E 's/^ +1 //; s/^ +([0-9]+) (.*)/\2, \1 times/'
  while read -r file; do
    ((++number <= EXPLAINED_MAX)) || { echo "  why: likewise for the others"; return; }
    dpkg-ima why "$file" 2>&1 | sed '/^$/d; s/^/  why: /'
  done < <(awk '{print $3}' <<<"$1" | sort -u)
}

# Every ELF file of the packages, loaded and left without being started: the kernel judges it. A script cannot be had
# appraised without running it, so there the signature must at least be present.
load_programs() {
  local file magic status=0
  while IFS= read -r file; do
    [[ -f $file && ! -L $file ]] || continue
    magic=$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')
    if [[ $magic == 7f454c46 ]]; then
      "$loader" --verify "$file" >/dev/null 2>&1
    elif [[ $magic == 2321* || -x $file ]] && [[ $(label_type "$file") != 03 ]]; then
      echo "without a signature: $file"
      status=1
    fi
  done < <(dpkg-query -L "$@" | sort -u)
  return "$status"
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
# versions FOLDER: NAME VERSION of each package.
versions() { for deb in "$1"/*.deb; do dpkg-deb -f "$deb" Package Version | sed 's/.*: //' | paste -sd' '; done | paste -sd, | sed 's/,/, /g'; }
# installed_from FOLDER STEP: ends here if dpkg cannot, for the rest would be about something else.
installed_from() {
  step "$2" dpkg -i "$1"/*.deb
  for package in "${packages[@]}"; do
    is_installed "$package" && continue
    echo "# '$package' is not installed: the rest of its life was not tried"
    exit 1
  done
}

mapfile -t packages < <(for deb in $files/new/*.deb; do dpkg-deb -f "$deb" Package; done)
removable=()
for package in "${packages[@]}"; do
  if is_installed "$package"; then echo "# removal is not tried: the machine needs '$package'"; else removable+=("$package"); fi
done

if [[ -d $files/old ]]; then
  step "install $(versions $files/old)" dpkg -i $files/old/*.deb
  installed_from $files/new "upgrade to $(versions $files/new)"
else
  installed_from $files/new "install $(versions $files/new)"
fi
step "load the programs" load_programs "${packages[@]}"
[[ ! -d $files/source ]] || run_tests $files/source
installed_from $files/new "install again"
if ((${#removable[@]})); then
  step "remove" dpkg --remove "${removable[@]}"
  step "purge" dpkg --purge "${removable[@]}"
  if [[ -d $files/old ]]; then
    installed_from $files/new "install without an older one"
    step "purge" dpkg --purge "${removable[@]}"
  fi
fi
exit "$failed"
