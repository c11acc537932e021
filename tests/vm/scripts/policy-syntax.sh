#!/bin/bash
# Our reading of policies against the kernel's, rule by rule, on a machine that has no policy yet (--policy none). Rules are
# written to the kernel one after another and end with one that is wrong: then the kernel forgets them all.
. /usr/lib/vm/lib.sh
cd /root || exit 2
mkdir empty

kernel_takes() { printf '%s\n' "$1" >&5; }
# What it would refuse on this machine is another question.
we_take() {
  printf '%s\n' "$1" >rule
  ! dpkg-ima policy check --root empty rule 2>&1 | grep '^[^:]*: .rule.: line 1: '
}
taken_by() { "$@" >/run/vm/said 2>&1 && echo yes || echo no; }
agree() {
  local kernel ours
  kernel=$(taken_by kernel_takes "$1") ours=$(taken_by we_take "$1")
  [[ $kernel == "$ours" ]] || { echo "the kernel says $kernel, we say $ours: $(</run/vm/said)"; return 1; }
  [[ $kernel == "$2" ]] || { echo "both say $kernel, expected $2"; return 1; }
}

exec 5>/sys/kernel/security/ima/policy
while read -r taken rule; do
  check "$taken: $rule" agree "$rule" "$taken"
done <<'RULES'
yes appraise func=BPRM_CHECK appraise_type=imasig
yes dont_appraise  fsmagic=0x9fa0	
yes dont_appraise fsmagic=9fa0
yes measure func=KEY_CHECK keyrings=.ima|.evm pcr=10
yes measure func=CRITICAL_DATA label=selinux uid=0
yes appraise func=SETXATTR_CHECK appraise_algos=sha256
yes appraise euid>999 egid<1000 fowner=0 fgroup=0 fsname=ext4 mask=^MAY_READ
yes dont_appraise fsuuid=8bcbe394-4f13-4144-be8e-5aa9ea2ce2f6
yes audit func=FILE_MMAP mask=MAY_EXEC
yes hash uid=0
yes dont_hash func=PATH_CHECK
yes appraise subj_role=unconfined permit_directio
yes appraise func=CREDS_CHECK euid=0 appraise_type=imasig
yes appraise func=POLICY_CHECK appraise_type=imasig
yes appraise func=BPRM_CHECK digest_type=verity appraise_type=sigv3
yes measure digest_type=verity
yes measure func=KEY_CHECK uid=0 gid=0
yes measure func=KEXEC_CMDLINE euid=0 fsname=ext4
no apraise
no appraise uid=0 # root
no appraise measure
no appraise func=EXEC_CHECK
no appraise func=BPRM_CHECK func=MMAP_CHECK
no appraise uid=0 euid=0
no appraise uid=root
no appraise uid=4294967295
no appraise fsmagic=ext4
no appraise fsuuid=1-2
no appraise mask=EXEC
no appraise mask=MAY_EXEC mask=MAY_READ
no appraise appraise_type=evmsig
no dont_appraise appraise_type=imasig
no appraise pcr=10
no appraise func=KEY_CHECK
no measure label=x
no appraise func=SETXATTR_CHECK
no appraise func=SETXATTR_CHECK appraise_algos=sha256 uid=0
no appraise func=BPRM_CHECK appraise_type=imasig|modsig
no appraise func=MODULE_CHECK appraise_type=imasig|modsig
no appraise appraise_type=sigv3
no appraise digest_type=verity
no appraise appraise_type=sigv3 digest_type=verity
no appraise digest_type=verity appraise_type=imasig
no appraise appraise_type=imasig digest_type=verity
no appraise func=MODULE_CHECK digest_type=verity appraise_type=sigv3
no measure func=KEXEC_CMDLINE mask=MAY_READ
no measure func=KEY_CHECK fowner=0
no measure func=KEY_CHECK euid=0
no measure func=CRITICAL_DATA label=x mask=MAY_READ
RULES
exec 5>&-
check "the kernel has forgotten them: it still takes a policy" [ -e /sys/kernel/security/ima/policy ]
