# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the groups about people who mean harm, and what they bring. What each shows is said in its scripts.

# forge SIGNED.deb…: a list with the same files and digests, but random bytes in place of each signature, under the same key.
forge() {
  local deb
  for deb; do dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./imasigs; done | python3 -c '
import base64, os, sys
print("#mtree v2.0")
# Of three packages with a postinst, one path would be there thrice.
for line in sorted(line for line in sys.stdin if line.startswith("./") and not line.startswith("./DEBIAN/")):
    before, value = line.rstrip("\n").split(" security.ima=", 1)
    value, _, after = value.partition(" ")
    value = base64.b64decode(value)
    # SPEC: nine bytes of header: type, version, algorithm, key id, length.
    print(before, "security.ima=" + base64.b64encode(value[:9] + os.urandom(len(value) - 9)).decode(), *after.split())
'
}

# A package of a few lines whose list claims the signatures of the shell and of what it needs, in two versions, the second of
# which takes a while to unpack; and one that says it is coreutils.
make_hostile() {
  local out=$work/hostile tree=$work/hostile.tree number
  mkdir -p "$out" "$work/hostile-from"
  for number in 1 2; do
    mkdir -p "$tree/DEBIAN" "$tree/usr/share/hostile"
    forge "$work"/core/{dash,libc6,coreutils}_*.deb >"$tree/DEBIAN/imasigs"
    ((number == 1)) || for name in {1..300}; do echo "$name" >"$tree/usr/share/hostile/$name"; done
    package "$tree" hostile "$number"
    rm "$tree"/DEBIAN/p*
    pack "$tree" "$out"
  done
  (cd "$out" && quietly sh -c 'apt-ftparchive packages . >Packages')
  dpkg-deb -R "$work"/core/coreutils_*.deb "$tree"
  forge "$work"/core/coreutils_*.deb >"$tree/DEBIAN/imasigs"
  pack "$tree" "$work/hostile-from"
}

# Whatever a stranger's list claims, the shell runs.
group_hostile() {
  own
  make_hostile
  openssl x509 -in "$keys/other.cert.pem" -outform DER -out "$work/other.der"
  machine --copy-in "$work/hostile" --copy-in "$work/hostile-from" --copy-in "$work/core" --copy-in "$work/other" \
    --copy-in "$work/other.der" --timeout 1800 "$VM_DIR/scripts/hostile.sh $depth"
}

# A package of 600 files, two of them large, and a stranger's whose list names sizes that a user can make at no cost.
make_flood() {
  local out=$work/flood tree=$work/flood.tree number
  mkdir -p "$out" "$work/unsigned-flood"
  for number in {1..598}; do script "$tree/usr/lib/flood/$number" "echo $number"; done
  for number in 1 2; do head -c 5000000 /dev/urandom >"$tree/usr/lib/flood/large-$number" && chmod 755 "$tree/usr/lib/flood/large-$number"; done
  package "$tree" flood 1
  rm "$tree"/DEBIAN/p*
  pack "$tree" "$work/unsigned-flood"
  mkdir -p "$tree/DEBIAN"
  python3 -c '
import base64, os
print("#mtree v2.0")
for size in (4_000_000, 400_000_000, 2**40):
    value = b"\x03\x02\x04" + b"\0\0\0\1" + b"\1\0" + os.urandom(256)
    print(f"./usr/lib/sizes/{size:015} type=file size={size} sha256={os.urandom(32).hex()} security.ima={base64.b64encode(value).decode()}")
' >"$tree/DEBIAN/imasigs"
  package "$tree" sizes 1
  rm "$tree"/DEBIAN/p*
  pack "$tree" "$out"
  signed '' "$out" "$work"/unsigned-flood/*.deb
}

# A user does what he can to hold the guard up, while dpkg works.
group_flood() {
  make_flood
  machine --mem 2048 --copy-in "$work/flood" --copy-in "$VM_DIR/guest/flood.pl" "$VM_DIR/scripts/frozen.sh" "$VM_DIR/scripts/flood.sh"
}
