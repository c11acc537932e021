#!/bin/bash
# `policy check` and the kernel agree: policies.sh NAME, with that policy of ours in force. Of a set of files that differ in
# kind and label, what is predicted to be refused is what the kernel refuses to root, and nothing else on the whole disk is
# predicted.
. /usr/lib/vm/lib.sh
cd /root || exit 2
policy=/usr/share/dpkg-ima/policies/$1
release=$(uname -r)
modules=/usr/lib/modules/$release/extra
module=$(modinfo -n dummy)
library=libkeyutils.so.1
mkdir -p t/unsigned t/signed "$modules"

# copy FROM TO: with its label; bare FROM TO: without.
copy() { cp --preserve=mode,xattr "$1" "$2"; }
bare() { cp --preserve=mode "$1" "$2"; }
copy /usr/bin/env t/signed-program
bare /usr/bin/env t/unsigned-program
copy /usr/bin/env t/tampered-program && printf x >>t/tampered-program
bare /usr/bin/env t/foreign-program && setfattr -n security.ima -v "$(label_of /usr/bin/true)" t/foreign-program
bare /usr/bin/env t/short-program && setfattr -n security.ima -v 0x030204aabbccdd0001 t/short-program
printf '#!/bin/sh\n' >t/unsigned-script && chmod 755 t/unsigned-script
printf '#!/bin/sh\n' >t/data && chmod 644 t/data
copy /lib/x86_64-linux-gnu/$library t/signed/
bare /lib/x86_64-linux-gnu/$library t/unsigned/
bare "$module" "$modules/unsigned.ko"

# A tree of our own for a user, whose programs are nobody else's.
mkdir -p /home/user
bare /usr/bin/env /home/user/unsigned-program
chown -R 1000 /home/user && chmod 755 /home/user

# attempts PATH…: every kind of use of a file; what the kernel refuses of it goes to the log. The files' own outcome is no
# concern here.
attempt() {
  case $1 in
    *.ko) insmod "$1" && rmmod dummy ;;
    */$library) LD_LIBRARY_PATH=${1%/*} keyctl --version ;;
    */data) cat "$1" ;;
    *) "$1" true ;;
  esac >/dev/null 2>&1 || true
}
files=(/root/t/*-program /root/t/*-script /root/t/data /root/t/*/"$library" "$modules"/unsigned.ko "$module" /home/user/*)

refusals_begin || exit 2
for file in "${files[@]}"; do attempt "$file"; done
refusals_since >/run/vm/refusals || exit 2
awk '{print $3}' /run/vm/refusals | sort -u >/run/vm/refused
dpkg-ima policy check --json "$policy" >/run/vm/said 2>/run/vm/errors
echo "# exit $?: $(head -c 300 /run/vm/errors)"
sed -E 's/.*"file":"([^"]*)".*/\1/' /run/vm/said | sort -u >/run/vm/all
grep -E '^(/root/|/home/|/usr/lib/modules/)' /run/vm/all >/run/vm/predicted

check "what is predicted of the files is what is refused" diff -u /run/vm/predicted /run/vm/refused
# The disk that the test came on: its probe is refused by every policy of ours.
check "nothing else is predicted" diff -u <(echo /host/probe) <(grep -vE '^(/root/|/home/|/usr/lib/modules/)' /run/vm/all)
as_user() { setpriv --reuid 1000 --clear-groups "$@"; }
case $1 in
  root) check "users run what they like" expect_no_refusal as_user /home/user/unsigned-program true ;;
  *) check "users do not run it either" expect_refused /home/user/unsigned-program as_user /home/user/unsigned-program true ;;
esac

# A user can mount a ramfs in a namespace of his own; it is not the initramfs.
in_a_ramfs() {
  setpriv --reuid 1000 --clear-groups unshare --user --map-root-user --mount sh -c '
    mkdir -p /tmp/ram$$ && mount -t ramfs none /tmp/ram$$ && cp /usr/bin/env /tmp/ram$$/smuggled && exec /tmp/ram$$/smuggled true'
}
echo 1 >/proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || true
# The kernel writes no record where a filesystem has no attributes: the policy that does not look at users is the control.
ramfs_refused() { [[ $(in_a_ramfs 2>&1) == *'Permission denied'* ]]; }
case $1 in
  root) check "a ramfs of a user's own is a user's matter" in_a_ramfs ;;
  *) check "a ramfs of a user's own is not exempt" ramfs_refused ;;
esac
