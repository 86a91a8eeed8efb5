#!/usr/bin/env bash
# CPU per small request through NodeMesh and through HAProxy: one hop of plain relay, and two hops with mutual TLS between them.
# The same machines, cable, redirection, certificates and load for both, in turns.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source=bench/lib.sh
source "$repository/bench/lib.sh"

usage() {
  cat <<'HELP'
Usage: bench/relay.sh [--quick] [--rounds N] [--seconds N] [--connections "1 8 32"]

  --quick             3 rounds of 1 second instead of 9 of 2
  --rounds N          how often each is measured; the table shows the median and the range
  --seconds N         how long each measurement lasts
  --connections LIST  how many connections of the client, each with one request under way

Needs root, haproxy, redis and the programs of scripts/build.sh (which it calls). Nothing is left behind.
HELP
}

rounds=9 seconds=2 connections='1 8 32'
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick) rounds=3 seconds=1 ;;
    --rounds) rounds=${2-} && shift ;;
    --seconds) seconds=${2-} && shift ;;
    --connections) connections=${2-} && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done
[[ $rounds =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ && $connections =~ ^[0-9\ ]+$ ]] || die "--rounds, --seconds and --connections take numbers"
require_root bench/relay.sh
install_packages test
"$repository/scripts/build.sh"

trap end_machines EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP
scratch relay

# HAProxy does on its ports what nodemeshd does on 15001: the rules send connections to one or the other.
declare -A one_hop=([port]=6380 [nodemesh]=15001 [haproxy]=16001 [title]='one hop, plain')
declare -A two_hops=([port]=6379 [nodemesh]=15001 [haproxy]=16002 [title]='two hops, mTLS')

start_haproxy() {
  local node root tls='ssl-min-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256'
  for node in node1 node2; do
    root=/proc/${machine_pid[$node]}/root
    mkdir -p "$root/run/haproxy"
    cat "$root/var/lib/nodemesh/identities/"*.crt "$root/var/lib/nodemesh/identities/"*.key >"$root/run/haproxy/own.pem"
    cat "$scratch"/ca/root*.crt >"$root/run/haproxy/ca.pem"
    chown -R $proxy_uid:$proxy_uid "$root/run/haproxy"
    {
      printf '%s\n' global '  nbthread 1' '  maxconn 4000' \
        defaults '  mode tcp' '  timeout connect 5s' '  timeout client 1h' '  timeout server 1h'
      if [[ $node == node1 ]]; then
        printf '%s\n' 'listen plain' "  bind 127.0.0.1:${one_hop[haproxy]}" "  server app ${address[node2]}:${one_hop[port]}" \
          'listen mesh' "  bind 127.0.0.1:${two_hops[haproxy]}" \
          "  server far ${address[node2]}:16008 ssl verify required ca-file /run/haproxy/ca.pem crt /run/haproxy/own.pem $tls"
      else
        printf '%s\n' 'listen mesh' \
          "  bind 0.0.0.0:16008 ssl crt /run/haproxy/own.pem verify required ca-file /run/haproxy/ca.pem $tls" \
          "  server app 127.0.0.1:${two_hops[port]}"
      fi
    } >"$root/run/haproxy/haproxy.cfg"
    begin "haproxy-$node" $node $proxy_uid "$proxy_core" haproxy -db -f /run/haproxy/haproxy.cfg
  done
  listens node1 127.0.0.1 "${two_hops[haproxy]}"
  listens node2 127.0.0.1 16008
}

# cpu PROGRAM: nanoseconds that its processes on both machines were on a processor so far. Their CPU clocks are read from outside
# (clock_getcpuclockid(3)): to the nanosecond, and with the threads that have ended.
cpu() {
  local node pids=()
  for node in node1 node2; do
    pids+=("$(pgrep --ns "${machine_pid[$node]}" --nslist pid -xo "$1")")
  done
  python3 -I -S -c 'import sys, time; print(sum(time.clock_gettime_ns((~int(pid) << 3) | 2) for pid in sys.argv[1:]))' "${pids[@]}"
}

requests() { on node2 redis-cli -h "$1" -p "$2" info stats | sed -n 's/^total_commands_processed:\([0-9]*\).*/\1/p'; }

# sample PROGRAM PORT: processor time of its proxies, and requests served.
sample() {
  local bind=127.0.0.1
  [[ $2 != "${one_hop[port]}" ]] || bind=${address[node2]}
  printf '%s %s\n' "$(cpu "$1")" "$(requests "$bind" "$2")"
}

# load PORT CONNECTIONS SECONDS: a client that asks for 100 bytes, over and over, in the background.
load() {
  on node1 timeout "$3" taskset -c "$load_core" setpriv --reuid $caller_uid --regid $caller_uid --clear-groups \
    redis-benchmark -h "${address[node2]}" -p "$1" -c "$2" -n 1000000000 -q get greeting 2>"$scratch/load.log" >/dev/null 9>&- &
  loader=$!
}

# measure PROXY SCENARIO CONNECTIONS: adds a line to the results: whose, microseconds per request, requests per second.
measure() {
  local proxy=$1 program=$1 cpu0 cpu1 served0 served1 began ended
  local -n scenario=$2
  [[ $proxy == haproxy ]] || program=nodemeshd
  on node1 nodemesh-iptables up --daemon-user nodemesh --outbound-port "${scenario[$proxy]}" >/dev/null
  load "${scenario[port]}" "$3" $((seconds + 30))
  sleep 0.4
  read -r cpu0 served0 < <(sample "$program" "${scenario[port]}")
  began=$(date +%s%N)
  sleep "$seconds"
  ended=$(date +%s%N)
  read -r cpu1 served1 < <(sample "$program" "${scenario[port]}")
  on node1 pkill -x redis-benchmark || die "the client ended early: $(<"$scratch/load.log")"
  wait "$loader" || true
  [[ $((served1 - served0)) -gt 100 ]] || die "$proxy, $2, $3 connections: hardly a request was answered"
  awk -v key="$2 $3 $proxy" -v cpu=$((cpu1 - cpu0)) -v served=$((served1 - served0)) -v time=$((ended - began)) \
    'BEGIN { printf "%s %.3f %.0f\n", key, cpu / served / 1000, served / time * 1e9 }' >>"$scratch/results"
}

say "Making two machines and starting redis, nodemeshd and HAProxy"
make_machines
start_mesh "$repository/bench/relay.yaml"
start_haproxy
begin redis-mesh node2 $server_uid "$load_core" redis-server --port 6379 --bind 127.0.0.1 --save '' --dir /run/tmp
begin redis-plain node2 $server_uid "$load_core" redis-server --port 6380 --bind "${address[node2]}" --protected-mode no --save '' --dir /run/tmp
listens node2 127.0.0.1 6379
listens node2 "${address[node2]}" 6380
greeting=$(printf 'x%.0s' {1..100})
on node2 redis-cli -p 6379 set greeting "$greeting" >/dev/null
on node2 redis-cli -h "${address[node2]}" -p 6380 set greeting "$greeting" >/dev/null

say "Warming up"
for scenario_name in one_hop two_hops; do
  for proxy in nodemesh haproxy; do
    for _ in 1 2 3; do
      measure $proxy $scenario_name 8
    done
  done
done
rm "$scratch/results"

for ((round = 1; round <= rounds; round++)); do
  say "Round $round of $rounds"
  # Who begins alternates, so that neither always meets the other's caches.
  order='nodemesh haproxy'
  [[ $((round % 2)) -eq 1 ]] || order='haproxy nodemesh'
  for count in $connections; do
    for scenario_name in one_hop two_hops; do
      for proxy in $order; do
        measure "$proxy" $scenario_name "$count"
      done
    done
  done
done

# summary SCENARIO CONNECTIONS PROXY: median, lowest and highest microseconds, and the median's requests per second.
summary() {
  grep "^$1 $2 $3 " "$scratch/results" | sort -g -k 4 | awk '{ cpu[NR] = $4; rate[NR] = $5 }
    END { m = int((NR + 1) / 2); printf "%.2f %.2f %.2f %.0f\n", cpu[m], cpu[1], cpu[NR], rate[m] }'
}

# ratio SCENARIO CONNECTIONS: the median of what each round gave, since what else the machine does changes from round to round.
ratio() {
  grep "^$1 $2 " "$scratch/results" | awk '{ n[$3]++; cpu[$3, n[$3]] = $4 }
    END { for (i = 1; i <= n["haproxy"]; i++) print cpu["nodemesh", i] / cpu["haproxy", i] }' | sort -g |
    awk '{ r[NR] = $1 } END { printf "%.2f", r[int((NR + 1) / 2)] }'
}

printf '\nCPU of the proxies per request, user and system, in microseconds: median of %d rounds (lowest-highest)\n' "$rounds"
printf '%s; %s; %s, %d cores, load %s\n\n' "$(haproxy -v | sed -n '1s/ 20.*//p')" "$("$artifacts/bin/nodemeshctl" version | sed -n '1s/+.*//p')" \
  "$(uname -sr)" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
printf '%-15s %5s   %-24s %-24s %6s   %s\n' '' conns HAProxy NodeMesh ratio 'requests/s (HAProxy, NodeMesh)'
for scenario_name in one_hop two_hops; do
  declare -n scenario=$scenario_name
  for count in $connections; do
    read -r h hlow hhigh hrate < <(summary $scenario_name "$count" haproxy)
    read -r n nlow nhigh nrate < <(summary $scenario_name "$count" nodemesh)
    printf '%-15s %5d   %-24s %-24s %6.2f   %d, %d\n' "${scenario[title]}" "$count" "$h ($hlow-$hhigh)" "$n ($nlow-$nhigh)" \
      "$(ratio $scenario_name "$count")" "$hrate" "$nrate"
  done
done
