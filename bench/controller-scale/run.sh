#!/usr/bin/env bash
# A real nodemesh-controller with as many simulated nodes as are asked for: how fast a change reaches all of them, how long they need to agree again
# after the controller was killed, what it holds in memory, and what one change costs in meshes of several sizes.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

usage() {
  cat <<'HELP'
Usage: bench/controller-scale/run.sh [--nodes 1000] [--services 2000] [--endpoints 10] [--changes 50] [--growth 200,1000,5000] [--controller PROGRAM]

  --controller PROGRAM  a nodemesh-controller that is built already; else scripts/build.sh builds it

The other options are those of the program; --help of it says more. Needs no root; everything is in a temporary directory.
HELP
}

controller='' options=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --nodes | --services | --endpoints | --changes | --growth) options+=("$1" "${2-}") && shift ;;
    --controller) controller=$(realpath -- "${2-}") && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done

trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

require_sdk
if [[ -z $controller ]]; then
  run_group 1800 "$repository/scripts/build.sh"
  controller=$artifacts/bin/nodemesh-controller
fi
[[ -x $controller ]] || die "$controller is no program"
# Each node has a connection, and each connection a descriptor at both ends.
ulimit -n "$(ulimit -Hn)"
exec dotnet run -v quiet -c Release --project "$repository/bench/controller-scale" -- --controller "$controller" "${options[@]}"
