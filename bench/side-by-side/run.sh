#!/usr/bin/env bash
# NodeMesh and other proxies in the same place, in turns: what each costs, how fast it answers and how much memory it holds, as one table.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

usage() {
  cat <<'HELP'
Usage: bench/side-by-side/run.sh [--quick] [--only NAME]... [--json FILE] [--programs DIR] [--list]

  --quick         few and short rounds, small sizes: under 4 minutes; else under 40
  --only NAME     only the scenarios of that letter or name; may be given more than once
  --json FILE     every measurement of every round besides, for machines
  --programs DIR  nodemeshd and nodemeshctl that are built already; else scripts/build.sh builds them
  --list          the scenarios by letter and name

Needs root. Installs what it measures with (group bench of scripts/packages.txt). Everything runs in namespaces of its own, and ends with the script.
HELP
}

programs='' options=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick) options+=("$1") ;;
    --only | --json | --programs)
      [[ -n ${2-} ]] || die "$1 needs a value; --help shows which"
      if [[ $1 == --programs ]]; then programs=$(realpath -- "$2"); else options+=("$1" "$2"); fi
      shift
      ;;
    --list) exec /usr/bin/python3 -B "$repository/bench/side-by-side/main.py" --list ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done

trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

require_root bench/side-by-side/run.sh
install_packages bench
if [[ -z $programs ]]; then
  run_group 1800 "$repository/scripts/build.sh"
  programs=$artifacts/bin
fi
[[ -x $programs/nodemeshd && -x $programs/nodemeshctl ]] || die "$programs has no nodemeshd and nodemeshctl"
[[ $(ulimit -Hn) -ge 20000 ]] || die "a process may open $(ulimit -Hn) files, and 8,000 connections with two each need 20,000: raise 'ulimit -Hn'"
ulimit -n 20000

# The distribution's, for which its python3-grpcio is.
exec /usr/bin/python3 -B "$repository/bench/side-by-side/main.py" --programs "$programs" "${options[@]}"
