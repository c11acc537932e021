# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: the group about lists that travel apart from their packages. Neither the system nor what it installs is
# changed in a byte; the host serves the lists.

# Forty packages that the system does not have, and of those that it has the ones that all the others need.
new=(ascii colordiff cowsay cpio datamash dateutils dos2unix entr fdupes figlet fping gawk git git-man hello jo
  liberror-perl libfl2 libsigsegv2 lzip make moreutils ncdu par parallel patch pv pwgen recode renameutils rlwrap sl socat
  sshpass tcpdump toilet tofrodos units uuid xmlstarlet)
replaced=(libc6 dpkg bash)

# Afterwards $work/plain is an unsigned repository of them, and $work/lists a tree with the lists of all packages.
make_source() {
  "$VM_DIR/fetch" --reinstall "$work/plain" "${new[@]}" "${replaced[@]}"
  mkdir "$work/lists"
  quietly "${sign[@]}" --key "$keys/key.pem" --cert "$keys/cert.pem" --detached -o "$work/lists" "$debian/debs" "$work/plain" "${ours[@]}"
}

# serve FOLDER: afterwards $source is where the machine finds it, as long as $server lives. Neither is local: the trap needs it.
serve() {
  python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$work/server.log" 2>"$work/requests.log" &
  server=$!
  until grep -qs port "$work/server.log"; do kill -0 $server && sleep 0.1; done
  source=http://10.0.2.2:$(sed -E 's/.* port ([0-9]+) .*/\1/' "$work/server.log")
}

group_sources() {
  local disk=$work/sources.img
  bare_system
  make_source
  trap 'kill $server 2>/dev/null' EXIT
  serve "$work/lists"
  cp --sparse=always "$bare/root.img" "$disk"
  at_source() { boot --timeout 1800 --network --copy-in "$work/plain" --disk "$@"; }
  # It enforces nothing yet.
  at_source "$disk" --append dpkg_ima=off "$VM_DIR/scripts/sources.sh label $source"
  at_source "$(overlay "$disk")" "$VM_DIR/scripts/whole.sh initramfs" "$VM_DIR/scripts/sources.sh install $source ${new[*]} ${replaced[*]}"
  kill $server
  at_source "$(overlay "$disk")" "$VM_DIR/scripts/sources.sh dead $source"
}
