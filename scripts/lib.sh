# shellcheck shell=bash
# What build.sh, test.sh and demo.sh share. Sourced by them, with 'set -euo pipefail' on.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by those that source this
artifacts=$repository/artifacts

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true NUGET_XMLDOC_MODE=skip
# Compilers and build nodes stay within one step (see run_group): nothing of ours serves, or is served by, another build.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=false UseSharedCompilation=true SharedCompilationId=nodemesh-$$

if [[ -t 1 && -z ${NO_COLOR-} ]]; then
  bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' red='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

require_root() {
  [[ $EUID -eq 0 ]] || die "$1 needs root: run 'sudo $0'"
}

# scratch NAME: a temporary directory in $scratch, also for all programs that heed TMPDIR. Short: unix sockets live in it.
scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/nodemesh-$1.XXXXXX")
  chmod 1777 "$scratch"
  export TMPDIR=$scratch
}

# packages GROUP: the names listed for it in packages.txt.
packages() {
  awk -v group="$1" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == group) print $1 }' "$repository/scripts/packages.txt"
}

# source_version: what these sources are.
source_version() { sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$repository/Directory.Build.props"; }

is_version() { [[ $1 =~ ^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$ ]]; }

# readme_block WORDS: what stands in README.md between ```WORDS and the next ```.
readme_block() { awk -v begin="\`\`\`$1" '/^ *```/ { inside = !inside && $0 == begin; next } inside' "$repository/README.md"; }

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# install_packages GROUP: installs what is missing of it, and starts no service thereby.
install_packages() {
  local name missing=()
  while read -r name; do
    is_installed "$name" || missing+=("$name")
  done < <(packages "$1")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ $EUID -eq 0 ]] || die "missing packages; run as root: apt-get install ${missing[*]}"
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (Debian's names); install them with your package manager"
  say "Installing ${missing[*]}"
  apt_install "${missing[@]}"
}

# apt_install PACKAGE...: in a subshell, so that its trap puts policy-rc.d back whatever happens.
apt_install() (
  policy=/usr/sbin/policy-rc.d
  kept=$(mktemp -d)
  # shellcheck disable=SC2317 # reached by the trap
  restore() {
    rm -f "$policy"
    [[ ! -e $kept/policy-rc.d && ! -L $kept/policy-rc.d ]] || mv "$kept/policy-rc.d" "$policy"
    rm -rf "$kept"
  }
  trap restore EXIT
  trap 'exit 130' INT TERM HUP
  [[ ! -e $policy && ! -L $policy ]] || mv "$policy" "$kept/policy-rc.d"
  # 101: an action that policy forbids (invoke-rc.d(8)).
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"

  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get -q -o DPkg::Lock::Timeout=300 update &&
      apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
  } >"$kept/log" 2>&1 </dev/null || {
    cat "$kept/log" >&2
    die "apt-get could not install $*"
  }

  # Nor at the next boot: only the machine's owner turns services on.
  if [[ -d /run/systemd/system ]]; then
    for name in "$@"; do
      dpkg -L "$name" | sed -n 's|^.*/systemd/system/\([^/@]*\.service\)$|\1|p' | while read -r unit; do
        systemctl --quiet disable "$unit" 2>/dev/null || true
      done
    done
  fi
)

# require_sdk: the .NET SDK that global.json asks for; tries the distribution's package where there is none.
require_sdk() {
  local wanted major
  wanted=$(sed -n 's/.*"version": *"\([0-9.]*\)".*/\1/p' "$repository/global.json")
  major=${wanted%%.*}
  sdk_answers && return
  if [[ $EUID -eq 0 ]] && command -v apt-cache >/dev/null && apt-cache show "dotnet-sdk-$major.0" >/dev/null 2>&1; then
    say "Installing dotnet-sdk-$major.0"
    apt_install "dotnet-sdk-$major.0"
    sdk_answers && return
  fi
  die "the .NET $major SDK ($wanted or a later feature band) is not here. Install the package dotnet-sdk-$major.0 from Microsoft's" \
    "repository for your distribution (https://learn.microsoft.com/dotnet/core/install/linux), or unpack the SDK and put 'dotnet' on PATH."
}

# From the checkout, where global.json rules; without it on PATH, its customary places.
sdk_answers() {
  local place
  for place in '' /usr/share/dotnet /usr/lib/dotnet /opt/dotnet "${HOME:-/root}/.dotnet"; do
    if [[ -z $place || -x $place/dotnet ]] && (cd "$repository" && PATH=${place:+$place:}$PATH dotnet --version) >/dev/null 2>&1; then
      PATH=${place:+$place:}$PATH
      return 0
    fi
  done
  return 1
}

# start_group SECONDS COMMAND...: in the background, in a process group of its own ($group), ended after so long.
start_group() {
  # Background processes of a script ignore SIGINT, and so would all they start.
  timeout --kill-after=20 "$1" env --default-signal=INT,QUIT "${@:2}" </dev/null &
  group=$!
  groups_running[$group]=1
}

# wait_group ID: its exit status; nothing that it started stays behind.
wait_group() {
  local status=0
  wait "$1" || status=$?
  end_group "$1"
  return "$status"
}

run_group() {
  start_group "$@"
  wait_group "$group"
}

end_group() {
  local try
  unset "groups_running[$1]"
  kill -TERM -- "-$1" 2>/dev/null || return 0
  for ((try = 0; try < grace; try++)); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}

declare -A groups_running=()
# Tenths of a second between asking a group to end and ending it.
grace=20

# end_all: for the EXIT trap: what still runs, and the scratch directory.
end_all() {
  local id
  trap '' INT TERM HUP
  for id in "${!groups_running[@]}"; do
    end_group "$id"
  done
  [[ -z ${scratch-} ]] || rm -rf "$scratch"
  # The compiler server leaves its socket behind, in /tmp whatever TMPDIR says.
  rm -f "/tmp/$SharedCompilationId"
}
