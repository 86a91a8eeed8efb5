#!/usr/bin/env bash
# Makes the packages of NodeMesh, as deb and as rpm, from one staged tree: nodemesh (the daemon, nodemeshctl, the rules' script) and
# nodemesh-controller. Same input, same bytes.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
  cat <<'HELP'
Usage: packaging/build.sh [--arch x64|arm64] [--version VERSION] [--release N] [--output DIR] [--fast]

  --arch ARCH        the machine to build for; this one's by default
  --version VERSION  of programs and packages; that of Directory.Build.props by default
  --release N        the revision of the packages of this version (1)
  --output DIR       where to; artifacts/packages by default
  --fast             quick to make and larger, for tests
HELP
}

arch='' version='' release=1 output=$artifacts/packages fast=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --arch) arch=${2-} && shift ;;
    --version) version=${2-} && shift ;;
    --release) release=${2-} && shift ;;
    --output) output=${2-} && shift ;;
    --fast) fast=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done
[[ $release =~ ^[1-9][0-9]{0,5}$ ]] || die "--release: '$release' is not a number from 1 on"
case $(uname -m) in
  x86_64) host=x64 ;;
  aarch64) host=arm64 ;;
  *) die "the programs' help, which the manual pages are made of, can be asked on x86_64 and aarch64 only" ;;
esac
case ${arch:=$host} in
  x64) deb_arch=amd64 rpm_arch=x86_64 ;;
  arm64) deb_arch=arm64 rpm_arch=aarch64 ;;
  *) die "--arch: '$arch' is neither x64 nor arm64" ;;
esac
own_version=$(source_version)
: "${version:=$own_version}"
is_version "$version" || die "--version: '$version' is not three numbers with points between them"
here=$repository/packaging

install_packages package
programs=$artifacts/bin
[[ $version == "$own_version" ]] || programs=$artifacts/bin-$version
"$repository/scripts/build.sh" --version "$version" --output "$programs"
shipped=$programs
if [[ $arch != "$host" ]]; then
  shipped=$programs-$arch
  "$repository/scripts/build.sh" --arch "$arch" --version "$version" --output "$shipped"
fi

trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
scratch package
umask 022

# What a package is made at: its commit, or where there is no repository, what its changelog says.
SOURCE_DATE_EPOCH=$(git -C "$repository" log -1 --format=%ct 2>/dev/null || date -d "$(sed -n '0,/^ -- .*  /s///p' "$here/changelog")" +%s)
export SOURCE_DATE_EPOCH

# --- the staged tree --------------------------------------------------------------------------------------------------------

# man_page TREE NAME SECTION SUMMARY: of the help on standard input, which is what the program prints itself.
man_page() {
  local file=$1/usr/share/man/man$3/$2.$3
  mkdir -p "$(dirname "$file")"
  awk -v name="$2" -v section="$3" -v summary="$4" -v version="$version" -f "$here/man.awk" >"$file"
  gzip -9n "$file"
}

# ctl_help [COMMAND]...: the help of nodemeshctl, or of a command of it, and of all commands below.
ctl_help() {
  local help command
  help=$("$programs/nodemeshctl" "$@" --help </dev/null)
  [[ $# -eq 0 ]] || printf '@section nodemeshctl %s\n' "$*"
  printf '%s\n' "$help"
  while read -r command; do ctl_help "$@" "$command"; done < <(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p' <<<"$help")
}

# documents TREE NAME: what every package says of itself.
documents() {
  local place=$1/usr/share/doc/$2
  mkdir -p "$place"
  cp "$here/copyright" "$place/copyright"
  {
    printf '%s (%s-%s) unstable; urgency=medium\n' "$2" "$version" "$release"
    cat "$here/changelog"
  } | gzip -9n >"$place/changelog.Debian.gz"
}

# common TREE NAME: what every package has beside its programs.
common() {
  documents "$1" "$2"
  install -D -m 644 "$here/$2/sysusers.conf" "$1/usr/lib/sysusers.d/$2.conf"
  install -D -m 644 "$here/$2/tmpfiles.conf" "$1/usr/lib/tmpfiles.d/$2.conf"
  install -D -m 644 "$here/$2/lintian-overrides" "$1/usr/share/lintian/overrides/$2"
  mkdir -p "$1/usr/lib/systemd/system" "$1/usr/bin" "$1/usr/lib/nodemesh/whole" "$1/etc/nodemesh"
}

stage_nodemesh() {
  local tree=$scratch/nodemesh
  common "$tree" nodemesh
  cp -r "$shipped/lib/nodemeshd" "$tree/usr/lib/nodemesh/"
  (cd "$shipped/lib/whole" && xargs -a "$shipped/.files-of-nodemeshctl" cp --parents -t "$tree/usr/lib/nodemesh/whole")
  ln -s ../lib/nodemesh/nodemeshd/nodemeshd ../lib/nodemesh/whole/nodemeshctl "$tree/usr/bin/"
  mkdir -p "$tree/usr/sbin"
  # Packages name the shell that they depend on.
  sed '1s|.*|#!/bin/bash|' "$repository/scripts/nodemesh-iptables" >"$tree/usr/sbin/nodemesh-iptables"
  install -m 755 "$repository/systemd/nodemeshd-launch" "$tree/usr/lib/nodemesh/"
  cp "$repository/systemd/nodemeshd.service" "$repository/systemd/nodemesh.target" "$tree/usr/lib/systemd/system/"
  cp "$here/nodemesh/nodemeshd.yaml" "$tree/etc/nodemesh/"
  mkdir -p "$tree/etc/nodemesh/resources"
  install -D -m 644 "$here/nodemesh/nodemeshd.default" "$tree/etc/default/nodemeshd"

  local place=$tree/usr/share
  mkdir -p "$place/bash-completion/completions" "$place/zsh/vendor-completions" "$place/fish/vendor_completions.d"
  "$programs/nodemeshctl" completion bash >"$place/bash-completion/completions/nodemeshctl"
  "$programs/nodemeshctl" completion zsh >"$place/zsh/vendor-completions/_nodemeshctl"
  "$programs/nodemeshctl" completion fish >"$place/fish/vendor_completions.d/nodemeshctl.fish"

  "$programs/nodemeshd" --help | man_page "$tree" nodemeshd 8 'carries the TCP traffic of this machine as the mesh says'
  ctl_help | man_page "$tree" nodemeshctl 1 'operates NodeMesh'
  "$repository/scripts/nodemesh-iptables" --help | man_page "$tree" nodemesh-iptables 8 'hands the TCP traffic of this machine to nodemeshd'
  cp "$repository"/docs/*.md "$place/doc/nodemesh/"
  mkdir -p "$place/doc/nodemesh/examples"
  readme_block 'yaml mesh.yaml' >"$place/doc/nodemesh/examples/mesh.yaml"
}

stage_controller() {
  local tree=$scratch/nodemesh-controller
  common "$tree" nodemesh-controller
  # Of what it shares with nodemeshctl it has nothing: it depends on the package that has.
  comm -13 "$shipped/.files-of-nodemeshctl" "$shipped/.files-of-nodemesh-controller" |
    (cd "$shipped/lib/whole" && xargs cp --parents -t "$tree/usr/lib/nodemesh/whole")
  ln -s ../lib/nodemesh/whole/nodemesh-controller "$tree/usr/bin/"
  cp "$repository/systemd/nodemesh-controller.service" "$tree/usr/lib/systemd/system/"
  cp "$here/nodemesh-controller/nodemesh-controller.yaml" "$tree/etc/nodemesh/"
  "$programs/nodemesh-controller" --help | man_page "$tree" nodemesh-controller 8 'control plane of NodeMesh'
}

# settle TREE: modes and times that depend on nothing but what is packed.
settle() {
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f -exec chmod 644 {} +
  find "$1/usr/lib/nodemesh" -type f \( -name nodemeshd -o -name nodemeshd-launch -o -name nodemeshctl -o -name nodemesh-controller -o -name createdump \) -exec chmod 755 {} +
  [[ ! -d $1/usr/sbin ]] || chmod 755 "$1"/usr/sbin/*
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# --- deb --------------------------------------------------------------------------------------------------------------------

make_deb() {
  local name=$1 tree=$scratch/$1.deb size
  cp -a "$scratch/$name" "$tree"
  mkdir "$tree/DEBIAN"
  (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$scratch/md5sums"
  (cd "$tree" && find etc -type f -printf '/%p\n' | LC_ALL=C sort) >"$scratch/conffiles"
  mv "$scratch/md5sums" "$scratch/conffiles" "$tree/DEBIAN/"
  size=$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
  sed -e "s/@VERSION@/$version-$release/" -e "s/@ARCH@/$deb_arch/" -e "s/@SIZE@/$size/" "$here/$name/control" >"$tree/DEBIAN/control"
  install -m 755 "$here/$name"/{postinst,prerm,postrm} "$tree/DEBIAN/"
  find "$tree/DEBIAN" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
  touch --date="@$SOURCE_DATE_EPOCH" "$tree"
  # With several threads xz cuts what it packs into pieces: the bytes would be another machine's.
  local compression=(-Zxz --threads-max=1)
  [[ $fast == no ]] || compression=(-Zgzip -z1)
  dpkg-deb --root-owner-group "${compression[@]}" -b "$tree" "$output/${name}_$version-${release}_$deb_arch.deb" >/dev/null
  rm -rf "$tree"
}

# --- rpm --------------------------------------------------------------------------------------------------------------------

# file_list NAME: for %files. Directories that are nobody else's belong to the package.
file_list() {
  (
    cd "$scratch/$1"
    find etc/nodemesh usr/lib/nodemesh usr/share/doc/"$1" -type d -printf '%%dir "/%p"\n' | LC_ALL=C sort
    find etc -type f -printf '%%config(noreplace) "/%p"\n' | LC_ALL=C sort
    find usr ! -type d ! -path 'usr/share/lintian/*' ! -path 'usr/share/doc/*' ! -path 'usr/share/man/*' -printf '"/%p"\n' | LC_ALL=C sort
    find usr/share/doc usr/share/man -type f -printf '%%doc "/%p"\n' | LC_ALL=C sort
  ) >"$scratch/$1.files"
}

make_rpms() {
  local payload=w6.xzdio
  [[ $fast == no ]] || payload=w1.gzdio
  file_list nodemesh
  file_list nodemesh-controller
  rpmbuild -bb --quiet --target "$rpm_arch-linux" \
    --define "_topdir $scratch/rpm" --define "_rpmdir $output" --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
    --define "staged $scratch" --define "mesh_version $version" --define "mesh_release $release" --define "_binary_payload $payload" \
    --define "mesh_date $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" \
    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost localhost' \
    "$here/nodemesh.spec" >"$scratch/rpmbuild.log" 2>&1 || {
    cat "$scratch/rpmbuild.log" >&2
    die "rpmbuild failed"
  }
}

rm -rf "$output"
mkdir -p "$output"
say "Staging"
stage_nodemesh
stage_controller
settle "$scratch/nodemesh"
settle "$scratch/nodemesh-controller"
say "Packing $version-$release for $deb_arch"
make_deb nodemesh
make_deb nodemesh-controller
make_rpms
say "In $output:"
(cd "$output" && du -h --apparent-size -- * | sed 's/^/    /')
