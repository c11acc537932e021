#!/bin/bash
# In a whole Debian of unmodified packages, whose lists the host serves at URI. Usage: sources.sh label|install|dead URI [PACKAGE…]
# label: one command labels what is installed. install: under enforcement, those packages are installed from an unsigned
# repository, and nothing is refused. dead: the server is gone, so what is installed is refused; likewise without a source.
. /usr/lib/vm/lib.sh
cd /root || exit 2
what=$1 uri=$2
shift 2

network_up() {
  local card
  card=$(basename "$(echo /sys/class/net/e*)")
  ip link set "$card" up && ip address add 10.0.2.15/24 dev "$card"
}
apt() { DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends "$@" >apt.log 2>&1 || { tail -n 30 apt.log; return 1; }; }
# said N: apt's hook said so many things, which are printed. What it waits for does not count.
said() { grep '^dpkg-ima: ' apt.log | grep -v fetching | tee said; [ "$(wc -l <said)" = "$1" ]; }
names() { grep -F "package '$1' is unsigned" said; }
use_source() { echo "sources = [$1]" >/etc/dpkg-ima.toml; }
labelled() { [ "$(label_type "$1")" = 03 ]; }
unlabelled() { [ ! "$(label_type "$1")" ]; }
# all_good: each of the thousands of files that are listed, but the host's own.
all_good() {
  local status=0
  dpkg-ima verify --json >verdicts || status=$?
  ((status <= 1)) || { echo "exit $status"; return 1; }
  (($(grep -c '"good"' verdicts) > 2000)) || { echo "only $(wc -l <verdicts) verdicts"; return 1; }
  ! grep -vE '"(good|excluded)"|"/host/' verdicts
}

check "the network is there" network_up
use_source "\"$uri\""
echo 'deb [trusted=yes] file:/host/files/plain ./' >/etc/apt/sources.list
[ "$what" = label ] || apt update || exit 2

case $what in
  label)
    check "nothing is labelled" unlabelled /usr/bin/env
    time check "relabel" sh -c 'dpkg-ima relabel >said'
    cat said
    check "... fetched the lists of all packages" sh -c '[ "$(sed -n "s/ signature lists fetched//p" said)" -ge 290 ]'
    check "... and labelled" labelled /usr/bin/env
    check "a second time there is nothing to do" sh -c 'dpkg-ima relabel --dry-run >planned 2>&1 && [ -s planned ] && ! grep -E "^to label|would be fetched" planned'
    # The host's own files are no part of it.
    check "verify finds nothing wrong in the whole system" all_good
    check "status: the next boot is well" sh -c 'dpkg-ima status | grep "good    next boot:"'
    ;;
  install)
    check "a new program is not there" [ ! -e /usr/bin/figlet ]
    time check "$# unmodified packages are installed" expect_no_refusal apt install --reinstall "$@"
    check "... all of them" [ "$(grep -c ^Unpacking apt.log)" -ge $# ]
    check "... with nothing to say about them" said 0
    check "a new program runs" expect_no_refusal figlet works
    check "what was replaced runs" expect_no_refusal bash -c 'dpkg --audit'
    check "verify finds nothing wrong in them" sh -c 'dpkg-ima verify "$@" >verdicts || { tail verdicts; exit 1; }' verify "$@"
    ;;
  dead)
    check "without the server, apt ends" apt install hello
    check "... in one line" said 1
    check "... which names what will be refused" names hello
    check "... the program is refused" expect_refused /usr/bin/hello hello
    use_source ''
    check "without a source, apt ends" apt install pv
    check "... in one line" said 1
    check "... which names it" names pv
    check "... the program is refused" expect_refused /usr/bin/pv pv --version
    check "what was labelled runs" expect_no_refusal /usr/bin/env true
    ;;
esac
