#!/usr/bin/env bash
# CPU per small HTTP request through NodeMesh and through HAProxy: one hop, and two hops with HTTP/2 over mutual TLS between them.
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
declare -A one_hop=([port]=8001 [nodemesh]=15001 [haproxy]=16001 [title]='one hop')
declare -A two_hops=([port]=8000 [nodemesh]=15001 [haproxy]=16002 [title]='two hops, mTLS')

start_haproxy() {
  local node root tls='ssl-min-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256'
  for node in node1 node2; do
    root=$(haproxy_files $node)
    {
      printf '%s\n' global '  nbthread 1' '  maxconn 4000' \
        defaults '  mode http' '  timeout connect 5s' '  timeout client 1h' '  timeout server 1h' '  http-reuse always'
      if [[ $node == node1 ]]; then
        printf '%s\n' 'listen plain' "  bind 127.0.0.1:${one_hop[haproxy]}" "  server app ${address[node2]}:${one_hop[port]}" \
          'listen mesh' "  bind 127.0.0.1:${two_hops[haproxy]}" \
          "  server far ${address[node2]}:16008 proto h2 alpn h2 ssl verify required ca-file /run/haproxy/ca.pem crt /run/haproxy/own.pem $tls"
      else
        printf '%s\n' 'listen mesh' \
          "  bind 0.0.0.0:16008 alpn h2 ssl crt /run/haproxy/own.pem verify required ca-file /run/haproxy/ca.pem $tls" \
          "  server app 127.0.0.1:${two_hops[port]}"
      fi
    } >"$root/run/haproxy/haproxy.cfg"
    begin "haproxy-$node" $node $proxy_uid "$proxy_core" haproxy -db -f /run/haproxy/haproxy.cfg
  done
  listens node1 127.0.0.1 "${two_hops[haproxy]}"
  listens node2 127.0.0.1 16008
}

start_nginx() {
  cat >"/proc/${machine_pid[node2]}/root/run/tmp/nginx.conf" <<NGINX
daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path /run/tmp/b; proxy_temp_path /run/tmp/p; fastcgi_temp_path /run/tmp/f; uwsgi_temp_path /run/tmp/u; scgi_temp_path /run/tmp/s;
  server { listen 127.0.0.1:${two_hops[port]}; listen ${address[node2]}:${one_hop[port]}; location / { return 200 "$(printf 'x%.0s' {1..100})"; } }
  server { listen 127.0.0.1:8002; location / { stub_status; } }
}
NGINX
  begin nginx node2 $server_uid "$load_core" nginx -c /run/tmp/nginx.conf
  listens node2 127.0.0.1 8002
}

# sample PROGRAM: processor time of its proxies, and requests served.
sample() { printf '%s %s\n' "$(cpu "$1")" "$(on node2 curl -s http://127.0.0.1:8002/ | awk 'NR == 3 { print $3 }')"; }

# load PORT CONNECTIONS SECONDS: a client with one request under way on each connection, in the background.
load() {
  on node1 timeout $(($3 + 5)) taskset -c "$load_core" setpriv --reuid $caller_uid --regid $caller_uid --clear-groups \
    h2load --h1 -c "$2" -m 1 -t 1 -D "$3" "http://${address[node2]}:$1/" >/dev/null 2>"$scratch/load.log" 9>&- &
  loader=$!
}

# measure PROXY SCENARIO CONNECTIONS: adds a line to the results: whose, microseconds per request, requests per second.
measure() {
  local proxy=$1 program=$1 cpu0 cpu1 served0 served1 began ended
  local -n scenario=$2
  [[ $proxy == haproxy ]] || program=nodemeshd
  on node1 nodemesh-iptables up --daemon-user nodemesh --outbound-port "${scenario[$proxy]}" >/dev/null
  load "${scenario[port]}" "$3" $((seconds + 3))
  sleep 1
  read -r cpu0 served0 < <(sample "$program")
  began=$(date +%s%N)
  sleep "$seconds"
  ended=$(date +%s%N)
  read -r cpu1 served1 < <(sample "$program")
  wait "$loader" || die "the client failed: $(<"$scratch/load.log")"
  note_result "$proxy" "$2" "$3" $((cpu1 - cpu0)) $((served1 - served0)) $((ended - began))
}

say "Making two machines and starting nginx, nodemeshd and HAProxy"
make_machines
start_mesh "$repository/bench/http.yaml"
start_haproxy
start_nginx

measure_in_turns
print_table
