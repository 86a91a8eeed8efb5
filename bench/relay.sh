#!/usr/bin/env bash
# CPU per small request through NodeMesh and through HAProxy: one hop of plain relay, and two hops with mutual TLS between them.
# The same machines, cable, redirection, certificates and load for both, in turns.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source=bench/lib.sh
source "$repository/bench/lib.sh"
# shellcheck source=bench/compare.sh
source "$repository/bench/compare.sh"

rounds=9 seconds=2 connections='1 8 32'
begin_comparison relay 'haproxy, redis' "$@"

# HAProxy does on its ports what nodemeshd does on 15001: the rules send connections to one or the other.
declare -A one_hop=([port]=6380 [nodemesh]=15001 [haproxy]=16001 [title]='one hop, plain')
declare -A two_hops=([port]=6379 [nodemesh]=15001 [haproxy]=16002 [title]='two hops, mTLS')
scenarios=(one_hop two_hops)

start_haproxy() {
  local node root tls='ssl-min-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256'
  for node in node1 node2; do
    root=$(haproxy_files $node)
    {
      haproxy_defaults tcplog '  mode tcp'
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
  note_result "$proxy" "$2" "$3" $((cpu1 - cpu0)) $((served1 - served0)) $((ended - began))
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

measure_in_turns
print_table
