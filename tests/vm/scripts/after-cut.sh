#!/bin/bash
# After a power cut: that this script runs shows that the machine boots, enforcing. dpkg finishes what it began, and a
# package that was cut half-way, which dpkg does not configure, is installed again, as `dpkg --audit` tells the administrator
# to (with and without signatures: it is dpkg that cannot go on). No refusal on the way.
. /usr/lib/vm/lib.sh
finish() {
  dpkg --configure -a || [[ $(dpkg --audit) ]] || return
  [[ $(dpkg --audit) ]] || return 0
  # What all others pre-depend on comes first.
  dpkg -i /host/files/cut/libc6_*.deb
  dpkg -i /host/files/cut/*.deb && dpkg --configure -a
}
check "dpkg finishes" expect_no_refusal finish
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
check "the machine works" expect_no_refusal eval 'ls / >/dev/null && dpkg -l dash >/dev/null && /bin/sh -c :'
