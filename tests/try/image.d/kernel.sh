# shellcheck shell=bash
# The kernel and the initramfs: Debian's own vmlinuz, unchanged, and the few modules a virtual machine needs.
# It does not build a kernel and does not install one. Sourced by image.

# For tests that want to load one; the root filesystem has those of the initramfs too.
EXTRA_MODULES=(loop vfat nls_ascii nls_cp437 overlay squashfs dummy dm-mod dm-flakey)

# build_kernel SUITE DIR: DIR/vmlinuz, DIR/initrd, DIR/modules (a /lib/modules tree), DIR/release.
build_kernel() {
  local suite=$1 dir=$2 package release tree parts
  private_apt "$dir/apt" "$suite"
  export APT_CONFIG=$dir/apt/apt.conf
  package=$(depends linux-image-amd64 'linux-image-[0-9]')
  [[ $package ]] || die "suite $suite has no linux-image-amd64"
  note "kernel: $package ($suite)"
  release=${package#linux-image-}
  # Newer Debian kernels come in parts, and linux-image is empty.
  mapfile -t parts < <(depends "$package" 'linux-(base|binary|modules)-[0-9]')
  (cd "$dir" && quietly apt-get download "$package" "${parts[@]}")
  unset APT_CONFIG
  for package in "$dir"/*.deb; do dpkg-deb -x "$package" "$dir/unpacked"; done
  tree=$dir/unpacked/lib/modules/$release
  [[ -d $tree ]] || tree=$dir/unpacked/usr/lib/modules/$release
  [[ -d $tree ]] || die "the kernel's packages have no modules for $release"
  echo "$release" >"$dir/release"
  cp "$(find "$dir/unpacked" -type f \( -name "vmlinuz-$release" -o -path "*/$release/vmlinuz" \) | head -n1)" "$dir/vmlinuz"
  pick_modules "$release" "$tree" "$dir/modules"
  build_initrd "$dir"
  rm -rf "$dir/unpacked" "$dir/apt" "$dir"/*.deb
}

# depends PACKAGE REGEX: the packages it depends on whose names begin so.
depends() {
  apt-cache depends --no-recommends --no-suggests "$1" | awk -v wanted="^$2" '$1 == "Depends:" && $2 ~ wanted {print $2}'
}

# Copies the modules named above and what they depend on, unpacked, with fresh depmod data.
pick_modules() {
  local release=$1 tree=$2 out=$3/lib/modules/$1 base=$3 path paths
  mkdir -p "$out" "$tree.root/lib/modules"
  mv "$tree" "$tree.root/lib/modules/$release"
  tree=$tree.root
  depmod -b "$tree" "$release"
  paths=$(for module in "${BOOT_MODULES[@]}" "${EXTRA_MODULES[@]}"; do
    # What a newer kernel has built in prints "builtin"; what it dropped (crc32c_generic) is looked for by no one.
    modprobe -d "$tree" -S "$release" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" {print $2}'
  done | sort -u)
  [[ $paths ]] || die "no modules found for $release"
  for path in $paths; do
    install -D -m 644 "$path" "$out/${path##*/}"
    case $path in
      *.xz) xz -d "$out/${path##*/}" ;;
      *.zst) zstd -q -d --rm "$out/${path##*/}" ;;
    esac
  done
  cp "$tree/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$out/"
  depmod -b "$base" "$release"
}

# busybox, keyctl with its libraries, the modules, and initramfs/init.
build_initrd() {
  local dir=$1 root=$1/initramfs library
  mkdir -p "$root"/{bin,proc,sys,dev,root,lib}
  cp /bin/busybox "$root/bin/"
  cp /usr/bin/keyctl "$root/bin/"
  for library in $(ldd /usr/bin/keyctl | grep -o '/[^ ]*'); do install -D "$library" "$root$library"; done
  cp -r "$dir/modules/lib/modules" "$root/lib/"
  printf '%s\n' "${BOOT_MODULES[@]}" >"$root/boot-modules"
  install -m 755 "$TRY_DIR/initramfs/init" "$root/init"
  (cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$dir/initrd"
  rm -rf "$root"
}
