# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the group about keys that are exchanged and revoked. What it shows is said in its script.

# Packages by the key that goes: `moved` and `left` bring their lists, that of `plain` is in a tree. The tree is signed anew by the
# machine's own key, for `plain` and `moved`.
make_keychange() {
  local out=$work/unsigned-keychange tree=$work/keychange.tree name
  mkdir -p "$out" "$work/lists-old" "$work/lists-new"
  for name in plain moved left; do
    script "$tree/usr/bin/$name" "echo $name"
    package "$tree" $name 1
    rm "$tree"/DEBIAN/p*
    pack "$tree" "$out"
  done
  signed other. "$work/keychange" "$out"/{moved,left}_*.deb
  cp "$out"/plain_*.deb "$work/keychange/"
  quietly "${sign[@]}" --key "$keys/other.key.pem" --cert "$keys/other.cert.pem" --detached -o "$work/lists-old" \
    "$out"/{plain,moved}_*.deb
  quietly "${sign[0]}" resign --from-cert "$keys/other.cert.pem" --key "$keys/key.pem" --cert "$keys/cert.pem" \
    -o "$work/lists-new" "$work/lists-old"
}

group_keychange() {
  make_keychange
  machine --copy-in "$work/keychange" --copy-in "$work/lists-old" --copy-in "$work/lists-new" \
    --copy-in "$keys/other.cert.pem" "$VM_DIR/scripts/revoke.sh"
}
