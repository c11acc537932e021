#!/bin/bash
# The control for the life of a package, on a machine WITHOUT dpkg-ima: a package that carries signatures is of no use by
# itself. The kernel refuses its preinst, and dpkg gives up.
. /usr/lib/vm/lib.sh
preinst=/var/lib/dpkg/tmp.ci/preinst

gives_up() {
  local output
  output=$(dpkg -i /host/files/own/life_1_amd64.deb 2>&1) && { echo "it was installed: $output"; return 0; }
  grep -qF 'unable to execute' <<<"$output" && return 1
  echo "dpkg failed for another reason: $output"
}
check "the preinst of a signed package is refused" expect_refused "$preinst" gives_up
