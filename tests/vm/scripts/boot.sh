#!/bin/bash
# `keys load` and the helper's `boot`, as the systemd unit runs it, on a machine that enforces nothing yet (--policy none).
# A policy whose keys are missing is not loaded, and the machine says so; with the keys it is in force.
. /usr/lib/vm/lib.sh
cd /root || exit 2
helper=/usr/libexec/dpkg-ima/dpkg-ima-helper
policies=/usr/share/dpkg-ima/policies

# ends CODE TEXT CMD…: the command ends with CODE and says TEXT.
ends() {
  local code=$1 text=$2 output status=0
  shift 2
  output=$("$@" 2>&1) || status=$?
  ((status == code)) && grep -qF -- "$text" <<<"$output" && return
  echo "exit $status, expected $code and '$text': $output"
  return 1
}
runs() { cp /usr/bin/env unsigned && ./unsigned true; }
keyring_of_its_own() { keyctl session - "$@"; }

check "no key is loaded at first" ends 1 'not in _ima: /etc/keys/ima/cert.pem' dpkg-ima keys list
check "the helper loads them too" ends 0 ' in _ima: ' env RUST_LOG=info "$helper" keys
keyctl unlink "$(keyctl search @u keyring _ima)" @u
check "without a policy, boot does nothing" ends 0 '' env RUST_LOG=info "$helper" boot
check "... but loads the keys" ends 0 ' in _ima: /etc/keys/ima/cert.pem' dpkg-ima keys list

mkdir -p /etc/dpkg-ima
printf 'appraise func=BPRM_CHEK\n' >/etc/dpkg-ima/policy
check "a policy with a mistake is not loaded" ends 2 "line 1: 'func=BPRM_CHEK' has a value" "$helper" boot
cp $policies/everyone-and-kernel /etc/dpkg-ima/policy
mv /etc/keys/ima /etc/keys/away
mkdir /etc/keys/ima
# Every boot so far has loaded it.
keyctl unlink "$(keyctl search @u keyring _ima)" @u
check "without the key, boot says what is missing" ends 2 'the kernel holds no key' "$helper" boot
cp /host/files/other.cert.pem /etc/keys/ima/
check "with another key, it names the file and the key" ends 2 "'/bin/sh' is signed with the key" "$helper" boot
rm -rf /etc/keys/ima
mv /etc/keys/away /etc/keys/ima
check "... and nothing is enforced" runs

label=$(label_of /usr/bin/dash)
setfattr -x security.ima /usr/bin/dash
check "with an unlabelled shell, it names the shell" ends 2 "'/bin/sh' has no signature" "$helper" boot
check "... and so does status" ends 1 "'/bin/sh' has no signature" dpkg-ima status
setfattr -n security.ima -v "$label" /usr/bin/dash
check "... and nothing is enforced" runs

check "with its label, status is content" ends 0 'the C library would run' dpkg-ima status

# As a service of systemd, whose session does not hold root's keyring.
check "with key and labels, the policy is in force" ends 0 'the policy is in force' \
  keyctl session - env RUST_LOG=info "$helper" boot
check "... what is unsigned is refused" expect_refused /root/unsigned ./unsigned true
check "... what is signed runs, also from other sessions" expect_no_refusal keyring_of_its_own /usr/bin/env true
check "... and for other users" expect_no_refusal setpriv --reuid 1000 --clear-groups keyctl session - env true
check "a second boot leaves it at that" ends 0 'had its policy before' "$helper" boot
check "a key can still be added" ends 0 ' in _ima: /etc/keys/ima/cert.der' dpkg-ima keys load
