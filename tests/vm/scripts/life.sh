#!/bin/bash
# A package's whole life on an enforcing machine with dpkg-ima: everything that dpkg can do to one, and no refusal. /host/files/own
# holds the packages of suite.d/packages.sh, signed. Usage: life.sh [filecheck], for a policy that appraises every open.
. /usr/lib/vm/lib.sh
own=/host/files/own
deb() { echo "$own/$1_$2_amd64.deb"; }

# run_says TEXT CMD…
run_says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || { echo "exit $?: $output"; return 1; }
  [[ $output == *"$text"* ]] || { echo "did not say '$text': $output"; return 1; }
}
all_run() {
  local version=$1
  run_says "life $version" life && run_says "life $version" life-link && run_says "setuid $version" life-setuid &&
    run_says "merged $version" life-merged && run_says "merged $version" /bin/life-merged && run_says shared /usr/share/life/shared
}

check "install" expect_no_refusal dpkg -i "$(deb life 1)"
check "... and it runs" expect_no_refusal all_run 1
check "... with its conffile" expect_no_refusal run_says "conffile 1" /etc/life/run
check "upgrade" expect_no_refusal dpkg -i "$(deb life 2)"
check "... and it runs" expect_no_refusal all_run 2
check "reinstall" expect_no_refusal dpkg -i "$(deb life 2)"
check "... and it runs" expect_no_refusal all_run 2
check "downgrade" expect_no_refusal dpkg -i "$(deb life 1)"
check "... and it runs" expect_no_refusal all_run 1

rm /etc/life/run
printf '#!/bin/sh\necho changed\n' >/etc/life/run
chmod 755 /etc/life/run
check "upgrade that keeps a changed conffile" expect_no_refusal dpkg --force-confold -i "$(deb life 2)"
if [[ ${1-} == filecheck ]]; then
  check "... which stays, and runs: the kernel's own hash is enough" expect_no_refusal run_says changed /etc/life/run
else
  check "... which stays, and is refused" expect_refused /etc/life/run /etc/life/run
fi
check "upgrade that replaces it" expect_no_refusal dpkg --force-confnew -i "$(deb life 3)"
check "... and it runs" expect_no_refusal run_says "conffile 3" /etc/life/run

check "dpkg-divert in preinst" expect_no_refusal dpkg -i "$(deb diverter 1)"
check "... both run" expect_no_refusal eval 'run_says diverting life && run_says "life 3" life.real'
check "upgrade of a diverted file" expect_no_refusal dpkg -i "$(deb life 2)"
check "... both run" expect_no_refusal eval 'run_says diverting life && run_says "life 2" life.real'
check "the diversion goes" expect_no_refusal dpkg -r diverter
check "... and it runs" expect_no_refusal all_run 2

dpkg-statoverride --add root root 0700 /usr/bin/life
check "statoverride" expect_no_refusal dpkg -i "$(deb life 3)"
check "... and it runs" expect_no_refusal all_run 3
dpkg-statoverride --remove /usr/bin/life

check "Replaces" expect_no_refusal dpkg -i "$(deb replacer 1)"
check "... and it runs" expect_no_refusal run_says replaced life-link
check "Multi-Arch: same" expect_no_refusal dpkg -i "$(deb same 1)"
check "... and it runs" expect_no_refusal run_says same /usr/lib/x86_64-linux-gnu/same/run

check "install what will break" expect_no_refusal dpkg -i "$(deb broken 1)"
fails() { ! "$@"; }
check "failing preinst: rolled back" expect_no_refusal fails dpkg -i "$(deb broken 2)"
check "... the old one runs" expect_no_refusal run_says "broken 1" broken
check "failing postinst" expect_no_refusal fails dpkg -i "$(deb broken 3)"
check "... it runs" expect_no_refusal run_says "broken 3" broken
check "going back repairs it" expect_no_refusal dpkg -i "$(deb broken 1)"

check "remove" expect_no_refusal dpkg -r replacer broken same life
check "purge: the scripts of removed packages run" expect_no_refusal dpkg -P replacer broken same life
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
