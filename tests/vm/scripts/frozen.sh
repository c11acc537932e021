#!/bin/bash
# Two large files whose labels the guard would write lie on a filesystem that is frozen (fsfreeze): both openers wait, the guard
# with them, and nobody else does.
. /usr/lib/vm/lib.sh
helper=/usr/libexec/dpkg-ima/dpkg-ima-helper
cd /root || exit 2
dpkg -i /host/files/flood/flood_1_amd64.deb >/dev/null
mkdir -p /mnt/frozen
check "a second filesystem" mount /dev/vdc /mnt/frozen
# Without it the root would be frozen.
mountpoint -q /mnt/frozen || exit 2
cp /usr/lib/flood/large-* /mnt/frozen/
sync
sleep 300 &
follow=$!
$helper guard --follow $follow
fsfreeze -f /mnt/frozen
for file in /mnt/frozen/large-*; do cat "$file" >/dev/null & readers+=($!); done
sleep 2
check "the openers of the frozen files wait" kill -0 "${readers[@]}"
# answered: another file, which the guard has not seen yet, within a second.
answered() {
  local start=${EPOCHREALTIME/./} took
  echo "$RANDOM" >"other-$RANDOM" && cat other-* >/dev/null && /usr/bin/env true || return
  took=$(((${EPOCHREALTIME/./} - start) / 1000))
  echo "# $took ms"
  ((took < 1000))
}
for try in 1 2 3; do
  check "unrelated opens are answered at once ($try)" answered
  answered
done
# For as long as the watchdog's time and more.
sleep 20
check "... and after 20 s" answered
fsfreeze -u /mnt/frozen
check "after the thaw, the openers go on" timeout 30 tail --pid="${readers[0]}" -f /dev/null
check "... both" timeout 30 tail --pid="${readers[1]}" -f /dev/null
kill $follow
umount /mnt/frozen
dpkg -P flood >/dev/null
