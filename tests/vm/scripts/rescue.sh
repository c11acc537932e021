#!/bin/bash
# In a whole Debian that was booted with dpkg_ima=off, since a fault keeps it from enforcing: rescue.sh certificate|typo|libc|modules.
# status names the fault, and what the README says mends it.
. /usr/lib/vm/lib.sh
cd /root || exit 2

status_names() { ! dpkg-ima status >said 2>&1 && grep -F -- "$1" said || { cat said; return 1; }; }
is_well() { dpkg-ima status | grep 'good    next boot:'; }

case $1 in
  certificate)
    check "status names the fault" status_names 'no certificate'
    check "the certificate is put back" cp /host/files/cert.pem /etc/keys/ima/
    check "... into the initramfs too" update-initramfs -u
    ;;
  typo)
    check "status names the fault" status_names 'BPRM_CHEK'
    check "the policy is put right" sed -i 's/BPRM_CHEK/BPRM_CHECK/' /etc/dpkg-ima/policy
    check "... in the initramfs too" update-initramfs -u
    ;;
  libc)
    check "status names the fault" status_names 'libc.so.6'
    check "relabel" dpkg-ima relabel
    ;;
  modules)
    check "verify names them" sh -c '! dpkg-ima verify >said && grep "though their packages.* lists have signatures" said'
    check "relabel" dpkg-ima relabel
    ;;
esac
check "the next boot is well" is_well
