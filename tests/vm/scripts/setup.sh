#!/bin/bash
# In a whole Debian with GRUB, at four boots: setup.sh begin|logs|enforces|undone.
# begin: our packages are installed, and `setup` prepares the trial. logs: nothing is refused, and what would be is told; setup
# prepares enforcing. enforces: a second run changes nothing, and `--undo` takes all back. undone: every file is as it was.
. /usr/lib/vm/lib.sh
cd /root || exit 2
state=/var/tmp/before

# Every file that setup could have to do with, and what is in the initramfs: its time stamps are not the same twice.
all_files() {
  find /etc /boot /usr /opt /srv -xdev -type f ! -name 'initrd.img-*' ! -path /etc/mtab -exec sha256sum {} + | sort -k 2
  lsinitramfs "$(echo /boot/initrd.img-*)" | sort
}
up_and_well() { [[ $(systemctl is-system-running --wait) == running ]] || { systemctl --failed --no-pager; return 1; }; }
told() { grep -qE "(^| )ima_appraise=$1( |\$)" /proc/cmdline; }
has_policy() { dmesg | grep 'op=policy_update cause=completed .*res=1'; }
setup() { dpkg-ima setup "$@" </dev/null >said 2>&1 || { cat said; return 1; }; }
expect_none() { ! "$@"; }
says() { grep -F -- "$1" said || { cat said; return 1; }; }
# A program that nobody signed.
cp /usr/bin/env unsigned

case $1 in
  begin)
    check "our packages are installed" apt-get -q -y install /host/files/ours/*.deb
    check "GRUB is set up" update-grub
    mkdir -p /srv/lists
    cp -r /host/files/setup-lists/. /srv/lists
    cp /host/files/cert.pem .
    echo 'sources = ["file:///srv/lists"]' >/etc/dpkg-ima.toml
    all_files >$state
    check "without --yes, nothing is done" sh -c '! dpkg-ima setup --cert cert.pem </dev/null >said 2>&1'
    check "... and nothing has changed" diff $state <(all_files)
    check "setup" setup --yes --cert cert.pem
    cat said
    check "... says to restart" says 'restart the machine'
    check "... and a second run finds nothing to do" setup --cert cert.pem
    check "... which it says" says 'nothing to do'
    check "a service that starts meanwhile" systemctl start systemd-tmpfiles-clean.service
    check "... brings no policy into force" expect_none has_policy
    ;;
  logs)
    check "all services came up" up_and_well
    check "the kernel was told to log" told log
    check "a policy is in force" has_policy
    check "nothing would have been refused" dpkg-ima why
    check "what is unsigned runs" ./unsigned true
    check "... and is told" sh -c '! dpkg-ima why >said && grep -F /root/unsigned said'
    check "setup --enforce" setup --yes --enforce
    cat said
    check "... says to restart" says 'restart the machine'
    ;;
  enforces)
    check "the kernel was told to enforce" told enforce
    check "status: the next boot is well" sh -c 'dpkg-ima status | grep "good    next boot:"'
    check "a second run finds nothing to do" setup --yes
    check "... which it says" says 'nothing to do'
    check "setup --undo" setup --undo --yes
    cat said
    check "... says to restart" says 'restart the machine'
    ;;
  undone)
    check "all services came up" up_and_well
    check "the kernel was told nothing" sh -c '! grep ima_appraise /proc/cmdline'
    check "no policy is in force" expect_none has_policy
    check "what is unsigned runs" ./unsigned true
    check "every file is as it was" diff $state <(all_files)
    ;;
esac
