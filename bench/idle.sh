#!/usr/bin/env bash
# What idle connections cost: opens many through two nodemeshd with mutual TLS between them, lets them rest, and prints the memory of
# each daemon and the buffers it holds.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source=bench/lib.sh
source "$repository/bench/lib.sh"

usage() {
  cat <<'HELP'
Usage: bench/idle.sh [--connections N] [--rest SECONDS]

  --connections N  how many; 5000 by default
  --rest SECONDS   how long they rest before the last reading; 15 by default

Needs root, python3 and the programs of scripts/build.sh (which it calls). Nothing is left behind.
HELP
}

connections=5000 rest=15
while [[ $# -gt 0 ]]; do
  case $1 in
    --connections) connections=${2-} && shift ;;
    --rest) rest=${2-} && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done
[[ $connections =~ ^[1-9][0-9]*$ && $rest =~ ^[1-9][0-9]*$ ]] || die "--connections and --rest take numbers"
require_root bench/idle.sh
[[ $connections -lt $((($(ulimit -Hn) - 500) / 2)) ]] || die "the limit of descriptors, $(ulimit -Hn), is too low for $connections connections with two each"
ulimit -n "$(ulimit -Hn)"
install_packages test
"$repository/scripts/build.sh"

trap end_machines EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP
scratch idle

# memory NODE: resident, and its share of it where pages are shared, in KiB.
memory() {
  local pid
  pid=$(pgrep --ns "${machine_pid[$1]}" --nslist pid -xo nodemeshd)
  awk '/^Rss:/ { rss = $2 } /^Pss:/ { pss = $2 } END { print rss, pss }' "/proc/$pid/smaps_rollup"
}

# metric NODE NAME [LABELS]: the sum of its samples.
metric() { on "$1" curl -sf http://127.0.0.1:15020/metrics | awk -v name="$2" -v labels="${3-}" 'index($1, name) == 1 && index($0, labels) { sum += $NF } END { printf "%d", sum }'; }

# read_all WHEN: notes memory of both daemons.
read_all() {
  local node
  for node in node1 node2; do
    read -r "rss_$1_$node" "pss_$1_$node" < <(memory $node)
  done
}

say "Making two machines and starting nodemeshd"
make_machines
start_mesh "$repository/bench/relay.yaml"
on node1 nodemesh-iptables up --daemon-user nodemesh >/dev/null
begin server node2 $server_uid "$load_core" python3 -u /run/peers/idle_server.py 127.0.0.1 6379
listens node2 127.0.0.1 6379

# A first connection brings up what all share: the mesh link, compiled code.
mkfifo "$scratch/orders"
exec 8<>"$scratch/orders"
client() {
  # Only the second is given orders; the first ends with its input.
  local orders=/dev/null
  [[ $1 -eq 1 ]] || orders=$scratch/orders
  on node1 timeout 300 taskset -c "$load_core" setpriv --reuid $caller_uid --regid $caller_uid --clear-groups \
    python3 -u /run/peers/idle_client.py "${address[node2]}" 6379 "$1" <"$orders" >"$scratch/client-$1.log" 2>&1 9>&- &
  eventually 120 grep -q '^open' "$scratch/client-$1.log" || die "the connections did not open: $(<"$scratch/client-$1.log") $(tail -n 3 "$scratch"/nodemeshd-*.log)"
}
client 1
read_all before

say "Opening $connections connections"
client "$connections"
read_all open
say "Letting them rest for $rest s"
sleep "$rest"
read_all rested

printf '\n%d idle connections from node1 through two nodemeshd and a mesh link with mutual TLS to node2\n\n' "$connections"
printf '%-22s %12s %12s\n' '' 'node1' 'node2'
row() { printf '%-22s %9s %s %9s %s\n' "$1" "$2" "$4" "$3" "$4"; }
for kind in rss pss; do
  for moment in before open rested; do
    one=${kind}_${moment}_node1 two=${kind}_${moment}_node2
    row "${kind^^} $moment" "${!one}" "${!two}" KiB
  done
  for moment in open rested; do
    line=()
    for node in node1 node2; do
      now=${kind}_${moment}_$node then=${kind}_before_$node
      line+=("$(awk -v d=$((${!now} - ${!then})) -v n="$connections" 'BEGIN { printf "%.2f", d / n }')")
    done
    row "a connection, $moment" "${line[@]}" KiB
  done
done
held=0
buffers=()
carried=()
for node in node1 node2; do
  used=$(metric $node nodemesh_buffer_bytes 'state="used"')
  buffers+=("$used")
  held=$((held + used))
  opened=$(metric $node nodemesh_tcp_connections_opened_total) closed=$(metric $node nodemesh_tcp_connections_closed_total)
  carried+=("$((opened - closed))")
done
row 'connections carried' "${carried[@]}" '   '
row 'buffers held' "${buffers[@]}" 'B  '

printf '\n' >&8
eventually 60 grep -q "^alive" "$scratch/client-$connections.log" || die "the client does not answer"
alive=$(sed -n 's/^alive //p' "$scratch/client-$connections.log")
printf '\n%d of %d connections answer afterwards\n' "$alive" "$connections"
[[ $alive -eq $connections && $held -eq 0 ]] || die "connections were lost, or idle ones hold buffers"
