# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: dpkg-ima-try, out of its package and without the clone. What its steps show is said in tests/try/guest/life.sh.

# $work/try has life, in two versions; bare, one program without maintainer scripts; and source, with tests of both.
make_tried() {
  local out=$work/try tree=$work/try.tree version
  mkdir -p "$out"
  for version in 1 2; do
    life_package "$tree" $version
    pack "$tree" "$out"
  done
  script "$tree/usr/bin/bare" 'echo bare'
  package "$tree" bare 1 'Source: life'
  rm "$tree"/DEBIAN/p*
  pack "$tree" "$out"
  echo 'Source: life' | install -D -m 644 /dev/stdin "$out/source/debian/control"
  script "$out/source/debian/tests/runs" 'for program in life bare; do [ ! -e /usr/bin/$program ] || /usr/bin/$program; done'
  script "$out/source/debian/tests/warns" 'echo a warning >&2'
  cat >"$out/source/debian/tests/control" <<'CONTROL'
Tests: runs
Depends: @, ed

Tests: warns
Restrictions: allow-stderr

Test-Command: test -x /bin/ed && exit 77
Restrictions: skippable

Tests: warns
Restrictions: isolation-machine
CONTROL
}

# tried CODE OPTION…: dpkg-ima-try, in the source's folder, ends so. What it said is in $work/tried.
tried() {
  local code=$1 status=0
  shift
  (cd "$work/try/source" && "$work/installed/usr/bin/dpkg-ima-try" --suite "$VM_SUITE" --sign "${sign[0]}" \
    "${with[@]}" --autopkgtest "$@") >"$work/tried" || status=$?
  cat "$work/tried"
  ((status == code)) || die "it ended with $status, not $code"
}
says() { grep -E -- "$1" "$work/tried" >/dev/null || die "it did not say '$1'"; }

group_try() {
  make_tried
  dpkg-deb -x "$(dirname "${ours[0]}")"/dpkg-ima-try_*.deb "$work/installed"
  tried 0 --from "$work/try/life_1_amd64.deb" "$work/try/life_2_amd64.deb"
  says '^ok upgrade to life 2'
  says '^ok test runs'
  says '^ok test command3'
  says '^# test warns is left out: it asks for isolation-machine'
  says '^ok purge'
  # The control: the same tests, and a package that nobody signed.
  tried 1 --unsigned "$work/try/bare_1_amd64.deb"
  says '^not ok test runs'
  says '^  refused: /usr/bin/bare '
  says '^  why: .*no (label|signature)'
}
