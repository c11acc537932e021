#!/bin/bash
# After a power cut: that this script runs shows that the machine boots, enforcing. What had got its name is labelled, before
# anything is done about it: no service has run yet. dpkg finishes what it began, and a
# package that was cut half-way, which dpkg does not configure, is installed again, as `dpkg --audit` tells the administrator
# to (with and without signatures: it is dpkg that cannot go on). No refusal on the way.
. /usr/lib/vm/lib.sh
# named_is_labelled: each program of /usr has a signature, unless dpkg has not renamed it yet. Conffiles and maintainer scripts,
# which dpkg opens differently, are not below /usr.
named_is_labelled() {
  find /usr -xdev -type f -perm /111 ! -name '*.dpkg-new' | sort >/run/named
  (($(wc -l </run/named) > 100)) || { echo "only $(wc -l </run/named) programs"; return 1; }
  xargs -d '\n' getfattr --absolute-names -e hex -n security.ima </run/named 2>/dev/null |
    awk '/^# file: / {file = substr($0, 9)} /^security.ima=0x03/ {print file}' | sort >/run/labelled
  comm -23 /run/named /run/labelled >/run/bare
  [[ ! -s /run/bare ]] || { echo "without a signature:"; cat /run/bare; return 1; }
}
finish() {
  dpkg --configure -a || [[ $(dpkg --audit) ]] || return
  [[ $(dpkg --audit) ]] || return 0
  # What all others pre-depend on comes first.
  dpkg -i /host/files/cut/libc6_*.deb
  dpkg -i /host/files/cut/*.deb && dpkg --configure -a
}
check "only what is labelled has its name" named_is_labelled
check "dpkg finishes" expect_no_refusal finish
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
check "the machine works" expect_no_refusal eval 'ls / >/dev/null && dpkg -l dash >/dev/null && /bin/sh -c :'
