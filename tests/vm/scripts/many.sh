#!/bin/bash
# One apt-get run of many real packages: so many that apt hands dpkg a folder of links, with debconf's preconfiguration,
# byte-compiled Python, triggers and daemons. No refusal.
. /usr/lib/vm/lib.sh
echo 'deb [trusted=yes] file:/host/files/many ./' >/etc/apt/sources.list
apt-get -qq update || exit 2

mapfile -t packages < <(sed -n 's/^Package: //p' /host/files/many/Packages | sort -u)
check "at least forty packages" [ "${#packages[@]}" -ge 40 ]
install() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq install "${packages[@]}" >/run/install.log 2>&1 ||
    { tail -n 20 /run/install.log; return 1; }
}
check "install ${#packages[@]} packages" expect_no_refusal install
check "Python runs" expect_no_refusal python3 -c 'import ssl, json, yaml, requests'
check "man runs" expect_no_refusal man --version
check "nothing is left half-done" eval '[ -z "$(dpkg --audit)" ]'
