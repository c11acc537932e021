#!/bin/bash
# What `policy check` says of programs that no package brought is what the kernel does: places.sh POLICY, the file of the policy
# that is in force. On a tmpfs, an overlayfs (a container), a squashfs (a snap) and the disk, an unsigned program of root's and one
# of a user's are executed by root and by a user.
. /usr/lib/vm/lib.sh
places=/srv/places
program=/usr/bin/env
mkdir -p $places/{tmpfs,squashfs,lower,upper,work,overlayfs,ext4}
cd $places || exit 2

fill() {
  cp --preserve=mode $program "$1/of-root" && cp --preserve=mode $program "$1/of-user" && chown 1000 "$1/of-user"
}
modprobe -a overlay squashfs loop
mount -t tmpfs -o mode=755 none tmpfs && fill tmpfs
fill lower && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none overlayfs
# The host made it, with the same two programs.
mount -o loop,ro /host/files/snap.squashfs squashfs
fill ext4

as_user() { setpriv --reuid 1000 --clear-groups "$@"; }
# treatment COMMAND…: of the program that the command runs.
treatment() {
  local said
  if said=$("$@" true 2>&1); then
    echo exempt
  elif [[ $said == *'Permission denied'* ]]; then
    echo need a signature
  else
    echo "neither runs nor is refused: $said"
  fi
}
# As `policy check` puts it.
treatments() {
  local by_root by_others of_others
  by_root=$(treatment "$1/of-root") by_others=$(treatment as_user "$1/of-root") of_others=$(treatment "$1/of-user")
  if [[ $by_root != "$by_others" ]]; then
    echo "run by root: $by_root; by others: $by_others"
  elif [[ $of_others != "$by_root" ]]; then
    echo "root's files: $by_root; those of others: $of_others"
  else
    echo "$by_root"
  fi
}
dpkg-ima policy check "$1" >said 2>errors || [ $? = 1 ] || cat errors
for filesystem in tmpfs overlayfs squashfs ext4; do
  told=$(sed -n "s/^.* ($filesystem): \([^(]*[^( ]\).*/\1/p" said)
  check "$filesystem: $told" [ "$(treatments ./$filesystem)" = "$told" ]
done
