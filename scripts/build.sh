#!/usr/bin/env bash
# Publishes the programs into artifacts/bin: self-contained, compiled ahead of time (ReadyToRun). Does nothing when they are up to date.
# There are links to them, and under lib a directory for each runtime: that of nodemeshd is trimmed to what it uses, and the other programs
# share a whole one.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/build.sh [--arch x64|arm64] [--version VERSION] [--output DIR] [--force]

  --arch ARCH        the machine to build for; this one's by default
  --version VERSION  what the programs call themselves; that of Directory.Build.props by default
  --output DIR       where to; artifacts/bin by default (artifacts/bin-ARCH for another machine)
  --force            build even if nothing has changed
HELP
}

case $(uname -m) in
  x86_64) host=x64 ;;
  aarch64) host=arm64 ;;
  *) host='' ;;
esac
arch=$host version='' output='' force=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --arch) arch=${2-} && shift ;;
    --version) version=${2-} && shift ;;
    --output) output=${2-} && shift ;;
    --force) force=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done
[[ $arch == x64 || $arch == arm64 ]] || die "--arch: '$arch' is neither x64 nor arm64"
[[ -n $version ]] || version=$(source_version)
is_version "$version" || die "--version: '$version' is not three numbers with points between them"
if [[ -z $output ]]; then
  output=$artifacts/bin
  [[ $arch == "$host" ]] || output=$artifacts/bin-$arch
fi

require_sdk

# What the programs are made of, by name, size and time.
fingerprint() {
  {
    printf '%s %s %s\n' "$arch" "$version" "$(cd "$repository" && dotnet --version)"
    find "$repository/src" \( -name bin -o -name obj \) -prune -o -type f -printf '%p %s %T@\n'
    find "$repository" -maxdepth 1 -type f -printf '%p %s %T@\n'
  } | LC_ALL=C sort | sha256sum
}

made_from=$(fingerprint)
if [[ $force == no && -x $output/nodemeshd && -x $output/nodemeshctl && -x $output/nodemesh-controller && $(cat "$output/.made-from" 2>/dev/null) == "$made_from" ]]; then
  say "$output is up to date"
  exit 0
fi

trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
scratch build

# Beside its place, then renamed: running programs keep the files they run from.
new=$output.new
rm -rf "$new"
mkdir -p "$(dirname "$output")"
# publish PROJECT PROGRAM RUNTIME. Programs with one runtime bring the same versions of what they share; those with ASP.NET come last.
publish() {
  say "Publishing $2 for linux-$arch"
  run_group 900 dotnet publish "$repository/src/$1" -v quiet -c Release -r "linux-$arch" --self-contained -o "$new/lib/$3" \
    --artifacts-path "$artifacts/publish" -p:Version="$version" -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false ||
    die "could not publish $1"
  # A program finds its runtime beside the file that the link leads to.
  ln -s "lib/$3/$2" "$new/$2"
  # Which files a program needs of a runtime that it shares, for the packages.
  (cd "$new/lib/$3" && find . -type f | LC_ALL=C sort) >"$new/.files-of-$2"
}

publish NodeMesh.Cli nodemeshctl whole
publish NodeMesh.Controller nodemesh-controller whole
publish NodeMesh.Daemon nodemeshd nodemeshd
printf '%s\n' "$made_from" >"$new/.made-from"
rm -rf "$output"
mv "$new" "$output"
say "nodemeshd, nodemeshctl and nodemesh-controller are in $output"
