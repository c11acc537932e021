#!/bin/bash
# The machine's side of `try`: takes the packages in /host/files/first through their life, and lists what the kernel
# refused at each step. Exit 1 if it refused anything or dpkg failed. It does not start the packages' programs, but it maps
# each one as the loader does, which the kernel appraises.
# shellcheck disable=SC2001,SC2317 # sed for one prefix per line; functions called by step
. /usr/lib/vm/lib.sh

failed=0
loader=$(compgen -G '/lib64/ld-linux*' | head -n1)

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
  [[ ! $refused ]] || awk '{print "  refused: " $3 " (" $2 ", by " $4 ")"}' <<<"$refused" | sort | uniq -c | sed -E 's/^ +1 //; s/^ +([0-9]+) (.*)/\2, \1 times/'
  # What was said matters only where it failed.
  ((status == 0)) || sed 's/^/  said: /' <<<"$output" | tail -n 20
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

mapfile -t packages < <(for deb in /host/files/first/*.deb; do dpkg-deb -f "$deb" Package; done)
step "install ${packages[*]}" dpkg -i /host/files/first/*.deb
if ((failed)); then
  echo "# the rest of their life was not tried: they are not installed"
  exit 1
fi
step "load the programs" load_programs "${packages[@]}"
if [[ -d /host/files/second ]]; then
  step "upgrade" dpkg -i /host/files/second/*.deb
  step "load the programs again" load_programs "${packages[@]}"
  step "downgrade" dpkg --force-downgrade -i /host/files/first/*.deb
else
  step "install again" dpkg -i /host/files/first/*.deb
fi
step "remove" dpkg --remove "${packages[@]}"
step "purge" dpkg --purge "${packages[@]}"
exit "$failed"
