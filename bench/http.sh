#!/usr/bin/env bash
# CPU per small HTTP request, and latency, through NodeMesh and through HAProxy: one hop, and two hops with HTTP/2 over mutual TLS between them.
# The same machines, cable, redirection, certificates, application and load for both, in turns.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source=bench/lib.sh
source "$repository/bench/lib.sh"
# shellcheck source=bench/compare.sh
source "$repository/bench/compare.sh"

rounds=7 seconds=2 connections='1 32 256'
begin_comparison http 'haproxy, nginx, h2load' "$@"

# HAProxy does on its ports what nodemeshd does on 15001: the rules send connections to one or the other.
declare -A one_hop=([port]=8001 [nodemesh]=15001 [haproxy]=16001 [load]=--h1 [title]='HTTP/1.1, one hop')
declare -A two_hops=([port]=8000 [nodemesh]=15001 [haproxy]=16002 [load]=--h1 [title]='HTTP/1.1, two hops')
declare -A one_hop_2=([port]=8011 [nodemesh]=15001 [haproxy]=16003 [title]='HTTP/2, one hop')
declare -A two_hops_2=([port]=8010 [nodemesh]=15001 [haproxy]=16004 [title]='HTTP/2, two hops')
scenarios=(one_hop two_hops one_hop_2 two_hops_2)

# Requests per second where latency is measured: well below what either can carry.
rate=2048

# Both tell the application the client's address and an id of the request.
start_haproxy() {
  local node root tls='ssl-min-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256'
  local client="proto h2 alpn h2 ssl verify required ca-file /run/haproxy/ca.pem crt /run/haproxy/own.pem $tls"
  local server="alpn h2 ssl crt /run/haproxy/own.pem verify required ca-file /run/haproxy/ca.pem $tls"
  for node in node1 node2; do
    root=$(haproxy_files $node)
    {
      haproxy_defaults httplog '  mode http' '  http-reuse always' '  option forwardfor' '  unique-id-format %[uuid()]' '  unique-id-header x-request-id'
      if [[ $node == node1 ]]; then
        printf '%s\n' 'listen plain' "  bind 127.0.0.1:${one_hop[haproxy]}" "  server app ${address[node2]}:${one_hop[port]}" \
          'listen mesh' "  bind 127.0.0.1:${two_hops[haproxy]}" "  server far ${address[node2]}:16008 $client" \
          'listen plain2' "  bind 127.0.0.1:${one_hop_2[haproxy]} proto h2" "  server app ${address[node2]}:${one_hop_2[port]} proto h2" \
          'listen mesh2' "  bind 127.0.0.1:${two_hops_2[haproxy]} proto h2" "  server far ${address[node2]}:16009 $client"
      else
        printf '%s\n' 'listen mesh' "  bind 0.0.0.0:16008 $server" "  server app 127.0.0.1:${two_hops[port]}" \
          'listen mesh2' "  bind 0.0.0.0:16009 $server" "  server app 127.0.0.1:${two_hops_2[port]} proto h2"
      fi
    } >"$root/run/haproxy/haproxy.cfg"
    begin "haproxy-$node" $node $proxy_uid "$proxy_core" haproxy -db -f /run/haproxy/haproxy.cfg
  done
  listens node1 127.0.0.1 "${two_hops[haproxy]}"
  listens node2 127.0.0.1 16008
}

start_nginx() {
  local answer
  answer="location / { return 200 \"$(printf 'x%.0s' {1..100})\"; }"
  cat >"/proc/${machine_pid[node2]}/root/run/tmp/nginx.conf" <<NGINX
daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; http2_max_concurrent_streams 1024;
  client_body_temp_path /run/tmp/b; proxy_temp_path /run/tmp/p; fastcgi_temp_path /run/tmp/f; uwsgi_temp_path /run/tmp/u; scgi_temp_path /run/tmp/s;
  server { listen 127.0.0.1:${two_hops[port]}; listen ${address[node2]}:${one_hop[port]}; $answer }
  server { listen 127.0.0.1:${two_hops_2[port]} http2; listen ${address[node2]}:${one_hop_2[port]} http2; $answer }
  server { listen 127.0.0.1:8002; location / { stub_status; } }
}
NGINX
  begin nginx node2 $server_uid "$load_core" nginx -c /run/tmp/nginx.conf
  listens node2 127.0.0.1 8002
}

# sample PROGRAM: processor time of its proxies, and requests served.
sample() { printf '%s %s\n' "$(cpu "$1")" "$(on node2 curl -s http://127.0.0.1:8002/ | awk 'NR == 3 { print $3 }')"; }

# capture PROXY SCENARIO: the client's connections go to that proxy from now on.
capture() {
  local -n captured=$2
  on node1 nodemesh-iptables up --daemon-user nodemesh --outbound-port "${captured[$1]}" >/dev/null
}

# load SCENARIO CONNECTIONS SECONDS [OPTION...]: a client with one request under way on each connection, in the background.
load() {
  local -n loaded=$1
  on node1 timeout $(($3 + 5)) taskset -c "$load_core" setpriv --reuid $caller_uid --regid $caller_uid --clear-groups \
    h2load ${loaded[load]:+"${loaded[load]}"} -c "$2" -m 1 -t 1 -D "$3" "${@:4}" "http://${address[node2]}:${loaded[port]}/" \
    >"$scratch/load.out" 2>"$scratch/load.log" 9>&- &
  loader=$!
}

# loaded PROXY SCENARIO: waits for the client; all its requests are to have succeeded. (h2load takes a status line without a reason, which
# HAProxy writes for what came as HTTP/2, for one without a status.)
loaded() {
  local clean=' 0 failed, 0 errored, 0 timeout'
  [[ $1 == nodemesh ]] || clean=' 0 errored, 0 timeout'
  wait "$loader" || die "$1, $2: the client failed: $(<"$scratch/load.log")"
  grep -q "$clean" "$scratch/load.out" || die "$1, $2: $(grep -E '^(requests|status codes):' "$scratch/load.out")"
}

# measure PROXY SCENARIO CONNECTIONS: adds a line to the results: whose, microseconds per request, requests per second.
measure() {
  local program=$1 cpu0 cpu1 served0 served1 began ended
  [[ $1 == haproxy ]] || program=nodemeshd
  capture "$1" "$2"
  load "$2" "$3" $((seconds + 3))
  sleep 1
  read -r cpu0 served0 < <(sample "$program")
  began=$(date +%s%N)
  sleep "$seconds"
  ended=$(date +%s%N)
  read -r cpu1 served1 < <(sample "$program")
  loaded "$1" "$2"
  note_result "$1" "$2" "$3" $((cpu1 - cpu0)) $((served1 - served0)) $((ended - began))
}

# measure_latency: round by round, each proxy at the same rate over 32 connections; from the times that h2load notes of each request.
measure_latency() {
  local scenario_name proxy round file=/run/tmp/requests root=/proc/${machine_pid[node1]}/root
  say "Measuring latency"
  for ((round = 1; round <= rounds; round++)); do
    for scenario_name in "${scenarios[@]}"; do
      for proxy in nodemesh haproxy; do
        capture $proxy "$scenario_name"
        rm -f "$root$file"
        load "$scenario_name" 32 $((seconds + 1)) --rps $((rate / 32)) --log-file $file
        loaded $proxy "$scenario_name"
        # The first second connects.
        awk 'NR == 1 { connected = $1 + 1000000 } $1 > connected { print $3 }' "$root$file" | sort -g |
          awk -v key="$scenario_name $proxy" '{ t[NR] = $1 } END { if (NR < 100) exit 1; print key, t[int(NR * 0.5)], t[int(NR * 0.99)] }' >>"$scratch/latencies"
      done
    done
  done
}

# percentile SCENARIO PROXY COLUMN: the median of the rounds, in milliseconds.
percentile() {
  grep "^$1 $2 " "$scratch/latencies" | sort -g -k "$3" | awk -v column="$3" '{ t[NR] = $column } END { printf "%.2f", t[int((NR + 1) / 2)] / 1000 }'
}

print_latencies() {
  local scenario_name
  printf '\nLatency at %d requests/s over 32 connections, in milliseconds: median of %d rounds\n\n' $rate "$rounds"
  printf '%-22s %14s %14s %14s %14s\n' '' 'HAProxy p50' 'NodeMesh p50' 'HAProxy p99' 'NodeMesh p99'
  for scenario_name in "${scenarios[@]}"; do
    local -n scenario=$scenario_name
    printf '%-22s %14s %14s %14s %14s\n' "${scenario[title]}" "$(percentile "$scenario_name" haproxy 3)" "$(percentile "$scenario_name" nodemesh 3)" \
      "$(percentile "$scenario_name" haproxy 4)" "$(percentile "$scenario_name" nodemesh 4)"
  done
}

say "Making two machines and starting nginx, nodemeshd and HAProxy"
make_machines
start_mesh "$repository/bench/http.yaml"
start_haproxy
start_nginx

measure_in_turns
measure_latency
print_table
print_latencies
