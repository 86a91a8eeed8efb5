#!/usr/bin/env bash
# The packages: are they the same when they are made again, and what do lintian and rpmlint say of them? Overrides stand in packaging, each
# with its reason. The last line says how many checks held.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

trap end_all EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP
install_packages package
scratch packages
passed=0 failed=0

check() {
  local words=$1
  shift
  if "$@" >"$scratch/check.log" 2>&1; then
    passed=$((passed + 1))
    printf '%s: ok\n' "$words"
  else
    failed=$((failed + 1))
    printf '%s: %sFAILED%s\n' "$words" "$red" "$plain"
    sed 's/^/    /' "$scratch/check.log"
  fi
}

# quiet COMMAND...: it succeeds, and has nothing to say.
quiet() {
  local said
  if ! said=$("$@" 2>&1) || [[ -n $said ]]; then
    printf '%s\n' "$said"
    return 1
  fi
}

same_files() {
  local file
  [[ $(ls "$1") == "$(ls "$2")" ]] || return 1
  for file in "$1"/*; do cmp "$file" "$2/${file##*/}" || return 1; done
}

# No file is in both packages: they are installed side by side.
nothing_in_common() {
  local both
  both=$(for file in "$1"/*.deb; do dpkg-deb --fsys-tarfile "$file" | tar t | grep -v '/$'; done | sort | uniq -d)
  [[ -z $both ]] || {
    printf 'in both packages: %s\n' "$both"
    return 1
  }
}

lint_rpm() {
  local said
  said=$(rpmlint --config "$repository/packaging/rpmlint.toml" "$@" 2>&1) || {
    printf '%s\n' "$said"
    return 1
  }
  # Warnings do not make it fail.
  ! grep -E ': [EW]: ' <<<"$said"
}

first=$scratch/first second=$scratch/second
"$repository/packaging/build.sh" --fast --output "$first"
"$repository/packaging/build.sh" --fast --output "$second" >/dev/null
check 'made again they are the same, byte for byte' same_files "$first" "$second"
check 'they have no file in common' nothing_in_common "$first"
for deb in "$first"/*.deb; do
  check "lintian, ${deb##*/}" quiet lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$deb"
done
check 'rpmlint' lint_rpm "$first"/*.rpm
printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]]
