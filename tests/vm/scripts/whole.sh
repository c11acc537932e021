#!/bin/bash
# In a whole Debian that has just enforced its way to a login prompt: whole.sh initramfs|unit says which loaded key and policy.
# From the policy to the prompt nothing was refused; what is unsigned is; and dpkg goes on installing.
. /usr/lib/vm/lib.sh
cd /root || exit 2
cp /usr/bin/env unsigned
unit=dpkg-ima-boot.service

# Everything the kernel refused since it started: its log must reach back that far.
none_ever() {
  dmesg | grep -q 'Linux version' || { echo "the log has no beginning"; return 1; }
  dmesg | grep -q ' action=appraise func=BPRM_CHECK .*res=1' || { echo "no policy came into force"; return 1; }
  ! dmesg | grep -E 'op=appraise_data .*res=0|audit_lost=|audit: .*(overflow|limit exceeded)'
}
one_by_now() { ! none_ever >/dev/null; }
loaded_by() {
  [[ $(systemctl show -P ActiveState $unit) == "$1" && $(systemctl show -P Result $unit) == success ]] ||
    { systemctl status --no-pager $unit; return 1; }
}
up_and_well() { [[ $(systemctl is-system-running --wait) == running ]] || { systemctl --failed --no-pager; return 1; }; }

check "process 1 is systemd" grep -qx systemd /proc/1/comm
check "all services came up" up_and_well
check "nothing was refused on the way" none_ever
case $1 in
  initramfs) check "the initramfs loaded the policy, and the unit had nothing to do" loaded_by inactive ;;
  unit) check "the unit loaded the policy" loaded_by active ;;
esac
check "what is unsigned is refused" expect_refused /root/unsigned ./unsigned true
check "... which the log of this boot now has" one_by_now
check "what is signed runs" expect_no_refusal /usr/bin/env true
check "for a service too" expect_no_refusal systemd-run --quiet --wait /usr/bin/env true
check "... and there, what is unsigned is refused" expect_refused /root/unsigned systemd-run --quiet --wait /root/unsigned true
check "a module is loaded" expect_no_refusal modprobe dummy
check "a package is installed" expect_no_refusal dpkg -i /host/files/ed_*.deb
check "... and runs" expect_no_refusal ed --version
