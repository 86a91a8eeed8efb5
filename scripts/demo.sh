#!/usr/bin/env bash
# The main job on real traffic: two meshed machines and one outsider, each a set of namespaces, with the real programs. Every
# step runs a real command and checks what it sees; the script ends with 0 only if each step held.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/demo.sh [--keep | --down]

  --keep   leave the machines running afterwards, and say how to look around
  --down   remove what an earlier --keep left running
HELP
}

state=$artifacts/demo
harness=$repository/tests/NodeMesh.EndToEnd.Tests/Harness
daemon_uid=64100
keep=no

case ${1-} in
  '') ;;
  --keep) keep=yes ;;
  --down) keep=down ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && die "unknown option $1" ;;
esac
require_root scripts/demo.sh

# --- machines -------------------------------------------------------------------------------------------------------------

# hold NAME COMMAND...: namespaces of their own with COMMAND as process 1. They last as long as $state/hold is open for writing.
hold() {
  local name=$1 unshared=(--net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private)
  shift
  setsid unshare "${unshared[@]}" bash "$@" <"$state/hold" >"$state/$name.ready" 2>"$state/$name.errors" 9>&- &
  until grep -q ready "$state/$name.ready" 2>/dev/null; do
    kill -0 $! 2>/dev/null || die "namespaces for $name: $(<"$state/$name.errors")"
    sleep 0.02
  done
  # unshare stays as the parent; its child is process 1 of the machine.
  echo $! >"$state/$name.holder"
  cat "/proc/$!/task/$!/children" >"$state/$name.pid"
}

on() {
  local pid
  pid=$(<"$state/$1.pid")
  shift
  nsenter --net="/proc/${pid// /}/ns/net" --mount="/proc/${pid// /}/ns/mnt" --uts="/proc/${pid// /}/ns/uts" \
    --ipc="/proc/${pid// /}/ns/ipc" --pid="/proc/${pid// /}/ns/pid" --root="/proc/${pid// /}/root" --wd=/ -- \
    env PATH="/run/programs:/run/scripts:/usr/sbin:/usr/bin:/sbin:/bin" TMPDIR=/run/tmp HOME=/run/tmp "$@"
}

# as USER MACHINE COMMAND...: what that user's process sees.
as() {
  local user=$1 machine=$2
  shift 2
  on "$machine" setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}

# begin NAME MACHINE COMMAND...: in the background until its machine goes; output in $state/NAME.log.
begin() {
  local name=$1 machine=$2
  shift 2
  on "$machine" setsid "$@" </dev/null >"$state/$name.log" 2>&1 9>&- &
  disown
}

machine() {
  local name=$1 number=$2
  hold "$name" "$harness/machine.sh" "$name" "$harness" "$repository/scripts" "$artifacts/bin"
  local switch_pid pid
  switch_pid=$(<"$state/switch.pid") pid=$(<"$state/$name.pid")
  nsenter --net="/proc/${pid// /}/ns/net" ip link add eth0 type veth peer name "port$number" netns "${switch_pid// /}"
  nsenter --net="/proc/${switch_pid// /}/ns/net" sh -c "ip link set port$number master br0 && ip link set port$number up"
  nsenter --net="/proc/${pid// /}/ns/net" sh -c "
    sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 &&
    ip addr add 10.88.0.$number/24 dev eth0 && ip addr add fd88::$number/64 dev eth0 nodad && ip link set eth0 up &&
    ip route add default via 10.88.0.254 && ip route add default via fd88::fe"
}

user() { on "$1" sh -c "echo '$2:x:$3:$3::/run/tmp:/bin/sh' >>/etc/passwd && echo '$2:x:$3:' >>/etc/group"; }

# is_holder PID: not a process that has come to that number since.
is_holder() { [[ $(readlink "/proc/$1/exe" 2>/dev/null) == */unshare ]]; }

down() {
  if [[ -s $state/keeper.pid ]]; then
    kill "$(<"$state/keeper.pid")" 2>/dev/null || true
  fi
  exec 9>&- || true
  # Process 1 of each machine sees the end of its input, and takes the machine along; what hangs is killed with its holder.
  local file holder try
  for file in "$state"/*.holder; do
    [[ -s $file ]] || continue
    holder=$(<"$file")
    for ((try = 0; try < 200; try++)); do
      is_holder "$holder" || break
      [[ $try -ne 150 ]] || kill -KILL "$holder" 2>/dev/null || true
      sleep 0.05
    done
  done
  rm -rf "$state"
}

# --- steps ----------------------------------------------------------------------------------------------------------------

steps=0
held() {
  steps=$((steps + 1))
  printf '%2d. %s\n' "$steps" "$*"
}

failed() {
  printf 'step %d does not hold: %s\n' $((steps + 1)) "$*" >&2
  tail -n 5 "$state"/node?.log >&2 || true
  exit 1
}

# eventually SECONDS COMMAND...
eventually() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $until ]] || return 1
    sleep 0.1
  done
}

web_curl() { as web node1 curl -sS --max-time 5 "$@"; }

# log_has MACHINE PATTERN: the access log of the machine's daemon.
log_has() { on "$1" grep -qE "$2" /run/nodemesh/access.log; }

# --- the demo -------------------------------------------------------------------------------------------------------------

if [[ $keep == down ]]; then
  down
  exit
fi
[[ ! -e $state ]] || down
trap 'down; end_all' EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP

install_packages demo
say "Building"
"$repository/scripts/build.sh"

say "Making two meshed machines and one outsider"
mkdir -p "$state"
mkfifo "$state/hold"
exec 9<>"$state/hold"
hold switch "$harness/switch.sh" /nonexistent 10.88.0.254/24 fd88::fe/64
machine node1 1
machine node2 2
machine outsider 3
for node in node1 node2; do
  user $node nodemesh $daemon_uid
done
user node1 web 64001
user node1 guest 64002
user node2 shop1 64011
user node2 shop2 64012
user node2 cache 64013
user node2 greeter 64014

say "Issuing identities and starting the daemons"
nodemeshctl() { "$artifacts/bin/nodemeshctl" "$@"; }
mkdir -p "$state/resources"
cp "$repository"/scripts/demo/*.yaml "$state/resources"
nodemeshctl validate "$state/resources" >"$state/validate.log" || failed "$(<"$state/validate.log")"
nodemeshctl ca init "$state/ca" --trust-domain demo.example >/dev/null

issue() {
  local node=$1 pid
  pid=$(<"$state/$node.pid")
  local root=/proc/${pid// /}/root/var/lib/nodemesh
  nodemeshctl ca issue --ca "$state/ca" --node "$node" --resources "$state/resources" --out "$root/identities" >/dev/null
  nodemeshctl ca bundle --ca "$state/ca" --out "$root/bundles" >/dev/null
  chown -R $daemon_uid:$daemon_uid "$root"
}

start_daemon() {
  local caps=+net_admin,+net_raw,+dac_read_search
  begin "$1" "$1" setpriv --reuid nodemesh --regid nodemesh --clear-groups --inh-caps "$caps" --ambient-caps "$caps" nodemeshd
}

for node in node1 node2; do
  pid=$(<"$state/$node.pid")
  cp -r "$state/resources" "/proc/${pid// /}/root/etc/nodemesh/resources"
  on $node mkdir -p /var/lib/nodemesh
  issue $node
  on $node chown $daemon_uid:$daemon_uid /run/nodemesh
  on $node sh -c 'cat >/etc/nodemesh/nodemeshd.yaml' <<YAML
node: $node
accessLog: { output: /run/nodemesh/access.log }
interception: { command: /run/scripts/nodemesh-iptables }
drain: 2s
YAML
  start_daemon $node
done
for node in node1 node2; do
  eventually 20 on $node curl -sf http://127.0.0.1:15020/healthz || failed "nodemeshd on $node does not run: $(<"$state/$node.log")"
  on $node nodemesh-iptables up --daemon-user nodemesh --redirect-dns >/dev/null
  eventually 20 on $node curl -sf http://127.0.0.1:15020/readyz || failed "nodemeshd on $node is not ready: $(<"$state/$node.log")"
  on $node sh -c 'echo nameserver 127.0.0.1 >/etc/resolv.conf'
done

say "Starting nginx twice, redis and a gRPC service on node2, each as a user of its own"
start_shop() {
  on node2 sh -c "cat >/run/tmp/nginx$1.conf" <<NGINX
daemon off; pid /run/tmp/nginx$1.pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path /run/tmp/b$1; proxy_temp_path /run/tmp/p$1; fastcgi_temp_path /run/tmp/f$1; uwsgi_temp_path /run/tmp/u$1; scgi_temp_path /run/tmp/s$1;
  server { listen 808$1; listen [::]:808$1; location / { return 200 "hello from shop-$1\n"; } }
}
NGINX
  begin "shop$1" node2 setpriv --reuid "shop$1" --regid "shop$1" --clear-groups nginx -c "/run/tmp/nginx$1.conf"
}
start_shop 1
start_shop 2
begin cache node2 setpriv --reuid cache --regid cache --clear-groups redis-server --port 6379 --bind 0.0.0.0 --protected-mode no --save '' --dir /run/tmp
begin greeter node2 setpriv --reuid greeter --regid greeter --clear-groups python3 /run/scripts/demo/greeter.py serve 50051
for port in 8081 8082 6379 50051; do
  eventually 10 on node2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" || failed "nothing listens on port $port of node2"
done

say "What holds"

answer=$(web_curl http://shop.default.mesh/ 2>&1) || failed "HTTP by name: $answer"
[[ $answer == "hello from shop-"* ]] || failed "HTTP by name answers '$answer'"
held "web on node1 calls http://shop.default.mesh/ and nginx on node2 answers: $answer"

vip=$(on node1 getent ahostsv4 shop.default.mesh | awk 'NR == 1 { print $1 }')
vip6=$(on node1 getent ahostsv6 shop.default.mesh | awk 'NR == 1 { print $1 }')
[[ $(web_curl "http://$vip/") == "hello from shop-"* ]] || failed "HTTP by IPv4 VIP $vip"
[[ $(web_curl "http://[$vip6]/") == "hello from shop-"* ]] || failed "HTTP by IPv6 VIP $vip6"
held "the same by its virtual addresses, $vip and $vip6"

[[ $(as web node1 redis-cli -h cache.default.mesh set greeting moin) == OK && $(as web node1 redis-cli -h cache.default.mesh get greeting) == moin ]] ||
  failed "redis through the mesh"
held "redis through the mesh: SET and GET on cache.default.mesh"

answer=$(as web node1 timeout 20 python3 /run/scripts/demo/greeter.py call greeter.default.mesh:50051 web 2>&1) || failed "gRPC: $answer"
[[ $answer == *"hello web"*"sa/web"*"web 1, web 2, web 3" ]] || failed "gRPC answers '$answer'"
held "gRPC through the mesh: a call and a stream of Greeter on greeter.default.mesh, which is told who calls: ${answer%%$'\n'*}"

status() { as "$1" node1 curl -s --max-time 5 -o /dev/null -w '%{http_code}' "${@:2}"; }
[[ $(status web http://shop.default.mesh/) == 200 ]] || failed "web may not read the shop"
[[ $(status web -X POST -d order=1 http://shop.default.mesh/) == 403 ]] || failed "POST is not refused"
[[ $(status web http://shop.default.mesh/x/../admin/users) == 403 && $(status web --path-as-is http://shop.default.mesh/x/%2e%2e/%61dmin/) == 403 ]] ||
  failed "/admin is not refused"
eventually 5 log_has node2 '"method":"POST".*"status":403.*"refusal":"denied-by-policy"' || failed "the refused request is not in the access log"
held "requests are judged one by one: web may GET / but neither POST nor reach /admin, however it spells the path (403)"

eventually 5 log_has node1 '"direction":"outbound".*"principal":"spiffe://demo.example/ns/default/sa/web".*"principal":"spiffe://demo.example/ns/default/sa/shop"' ||
  failed "node1 did not log both identities"
eventually 5 log_has node2 '"direction":"inbound".*"principal":"spiffe://demo.example/ns/default/sa/web".*"version":"TLSv1.3"' || failed "node2 did not log the caller's identity"
held "each side saw the other's identity: .../sa/web called .../sa/shop and .../sa/cache, over TLS 1.3"

# The capture is ready when tcpdump says so, and complete once the request's answer was seen and it was told to stop.
begin capture node2 tcpdump -i eth0 -U --immediate-mode -w /run/tmp/wire.pcap
eventually 10 grep -q 'listening on' "$state/capture.log" || failed "tcpdump: $(<"$state/capture.log")"
secret=plaintext-$RANDOM$RANDOM
as web node1 redis-cli -h cache.default.mesh set secret "$secret" >/dev/null
eventually 10 on node2 sh -c 'tcpdump -nr /run/tmp/wire.pcap "tcp port 15008" 2>/dev/null | grep -q .' || failed "no packet on the mesh port was captured"
on node2 pkill -INT tcpdump
eventually 5 on node2 sh -c '! pgrep tcpdump' || failed "tcpdump does not end"
on node2 grep -aq "$secret" /run/tmp/wire.pcap && failed "the capture holds the plaintext"
packets=$(on node2 sh -c 'tcpdump -nr /run/tmp/wire.pcap "tcp port 15008" 2>/dev/null | wc -l')
held "on the wire: $packets packets on the mesh port, none of them holds what was written to redis"

[[ $(status guest http://shop.default.mesh/) == 403 ]] || failed "guest is not refused"
explained=$(on node1 nodemeshctl explain default/guest shop.default.mesh:80 2>&1) && failed "explain allows guest: $explained"
[[ $explained == *ALLOW* && ${explained,,} == *refused* ]] || failed "explain does not say why: $explained"
eventually 5 log_has node2 '"refusal":"denied-by-policy"' || failed "the refusal is not in the access log"
held "guest on node1 is refused, and 'nodemeshctl explain' says why: $(grep -m1 'no ALLOW policy' <<<"$explained" | sed 's/^[^n]*//')"

for address in 10.88.0.2 '[fd88::2]'; do
  on outsider curl -sS --max-time 5 "http://$address:8081/" >"$state/outsider.log" 2>&1 && failed "the outsider was let in at $address"
done
eventually 5 log_has node2 '"refusal":"plaintext-refused"' || failed "the outsider's plaintext is not in the access log"
held "the outsider's plaintext to nginx's own port is refused, over IPv4 and IPv6"

begin live node1 setpriv --reuid web --regid web --clear-groups redis-cli -h cache.default.mesh subscribe news
eventually 10 grep -q subscribe "$state/live.log" || failed "no live connection: $(<"$state/live.log")"
set_policy() {
  local node
  for node in node1 node2; do
    on $node sh -c 'cat >/etc/nodemesh/resources/policy.tmp && mv /etc/nodemesh/resources/policy.tmp /etc/nodemesh/resources/policy.yaml' <"$1"
  done
}
sed 's/\[web\]/[nobody]/' "$repository/scripts/demo/policy.yaml" >"$state/closed.yaml"
set_policy "$state/closed.yaml"
eventually 10 log_has node2 '"refusal":"revoked-by-policy"' || failed "the live connection was not cut"
as web node1 timeout 5 redis-cli -h cache.default.mesh ping >/dev/null 2>&1 && failed "a new connection is still let in"
held "a changed policy cuts web's live redis connection and refuses a new one"
set_policy "$repository/scripts/demo/policy.yaml"
eventually 10 as web node1 redis-cli -h cache.default.mesh ping || failed "the policy could not be put back"

on node2 pkill -u shop1 nginx
eventually 5 on node2 sh -c '! pgrep -u shop1 nginx' || failed "nginx does not end"
for _ in $(seq 20); do
  [[ $(web_curl http://shop.default.mesh/) == "hello from shop-2" ]] || failed "a request failed after an instance died"
done
held "shop-1 dies: 20 requests in a row are answered by shop-2"
start_shop 1
eventually 10 on node2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8081' || failed "nginx does not start again"

serials() { on "$1" nodemeshctl certificates -o json | sed -n 's/.*"serialNumber": *"\([0-9A-F]*\)".*/\1/p' | sort | tr '\n' ' '; }
before=$(serials node1)
begin rotation node1 setpriv --reuid web --regid web --clear-groups redis-benchmark -h cache.default.mesh -c 8 -n 60000 -t set -q
issue node1
issue node2
rotated() { [[ -n $before && $(serials node1) != "$before" && $(serials node1) == *[0-9A-F]* ]]; }
eventually 15 rotated || failed "the daemon did not take the new certificates"
for _ in $(seq 20); do
  web_curl http://shop.default.mesh/ >/dev/null || failed "a request failed while certificates rotated"
done
eventually 60 grep -q 'requests per second' "$state/rotation.log" || failed "redis-benchmark did not end: $(<"$state/rotation.log")"
grep -qi error "$state/rotation.log" && failed "redis-benchmark failed: $(<"$state/rotation.log")"
held "every certificate is replaced under traffic: 60,000 redis commands and 20 requests, none lost"

metrics=$(on node2 curl -sf http://127.0.0.1:15020/metrics)
counted=$(grep -E '^nodemesh_tcp_connections_opened_total\{.*source_principal="spiffe://demo.example/ns/default/sa/web".*destination_service="[^"]*cache' <<<"$metrics" | head -1)
[[ -n $counted ]] || failed "no metric counts web's connections to the cache"
held "metrics count it: ${counted%%\{*} ... ${counted##*\} } connections of web to cache on node2"
requests=$(grep -E '^nodemesh_requests_total\{reporter="destination",source_workload="[^"]*",source_workload_namespace="[^"]*",source_principal="spiffe://demo.example/ns/default/sa/web".*response_code="200"' <<<"$metrics" | head -1)
[[ -n $requests ]] || failed "no metric counts web's requests: $(grep ^nodemesh_requests_total <<<"$metrics" | head -3)"
held "and its requests: ${requests%%\{*} ... ${requests##*\} } of web with status 200"
line=$(on node2 grep -m1 '"refusal":"denied-by-policy"' /run/nodemesh/access.log)
held "and the access log has a line for each: $(cut -c1-150 <<<"$line")..."

say "The same mesh from a controller on a machine of its own"
machine controller 4
on controller sh -c 'echo "trustDomain: demo.example" >/etc/nodemesh/nodemesh-controller.yaml'
ctl() { on controller nodemeshctl "$@"; }
start_controller() {
  begin controller controller nodemesh-controller
  eventually 20 ctl history || failed "the controller does not answer: $(<"$state/controller.log")"
}
start_controller
pid=$(<"$state/controller.pid")
cp -r "$state/resources" "/proc/${pid// /}/root/run/tmp/resources"
applied=$(ctl apply -f /run/tmp/resources 2>&1) || failed "nodemeshctl apply: $applied"
held "nodemeshctl apply gives the controller the same resources: $(tail -n 1 <<<"$applied")"

stop_daemon() {
  on "$1" pkill nodemeshd
  eventually 10 on "$1" sh -c '! pgrep nodemeshd' || failed "nodemeshd on $1 does not end"
}
for node in node1 node2; do
  stop_daemon $node
  on $node sh -c 'rm -rf /etc/nodemesh/resources /var/lib/nodemesh/* && chown nodemesh:nodemesh /var/lib/nodemesh'
  ctl node token create $node --ttl 10m -o json | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' |
    on $node sh -c 'umask 077 && cat >/etc/nodemesh/join-token && chown nodemesh:nodemesh /etc/nodemesh/join-token'
  on $node sh -c 'echo "controller: { addresses: [\"10.88.0.4:15010\"] }" >>/etc/nodemesh/nodemeshd.yaml'
  start_daemon $node
done
for node in node1 node2; do
  eventually 30 on $node curl -sf http://127.0.0.1:15020/readyz || failed "nodemeshd on $node is not ready: $(<"$state/$node.log")"
done
[[ $(web_curl http://shop.default.mesh/) == "hello from shop-"* ]] || failed "HTTP under the controller"
held "node1 and node2 join by token and have nothing else on disk: identities, resources and certificates came from the controller, and web calls shop"

sed 's/\[web\]/[nobody]/' "$repository/scripts/demo/policy.yaml" | ctl apply -f - >/dev/null || failed "the policy cannot be applied"
refused() { [[ $(status web http://shop.default.mesh/) == 403 ]]; }
allowed() { [[ $(status web http://shop.default.mesh/) == 200 ]]; }
eventually 10 refused || failed "the changed policy is not in force"
ctl rollback 1 >/dev/null || failed "the revision cannot be rolled back"
eventually 10 allowed || failed "the policy is not back"
held "a policy applied at the controller is in force on node2, and 'nodemeshctl rollback 1' takes it back"

on controller pkill -KILL nodemesh-contro
eventually 5 on controller sh -c '! pgrep nodemesh-contro' || failed "the controller does not end"
stop_daemon node2
start_daemon node2
eventually 20 on node2 curl -sf http://127.0.0.1:15020/readyz || failed "nodemeshd on node2 does not start without the controller: $(<"$state/node2.log")"
eventually 10 allowed || failed "no traffic without the controller"
held "the controller is killed and node2's daemon starts anew: traffic goes on"

start_controller
applied=$(sed 's/\[web\]/[nobody]/' "$repository/scripts/demo/policy.yaml" | ctl apply -f - 2>&1) || failed "after the crash: $applied"
eventually 20 refused || failed "what is applied after the crash is not in force"
ctl wait --for=programmed --timeout 30s >"$state/wait.log" 2>&1 || failed "the nodes do not agree: $(<"$state/wait.log")"
held "the controller is back, has every revision, and both nodes follow it again"

for node in node1 node2; do
  on $node nodemesh-iptables status >/dev/null || failed "the rules of $node have drifted"
done
held "the rules on both nodes are as they were installed"

printf '\nAll %d steps held.\n' "$steps"
if [[ $keep == yes ]]; then
  trap - EXIT
  setsid sleep infinity </dev/null >/dev/null 2>&1 &
  echo $! >"$state/keeper.pid"
  disown
  pid1=$(<"$state/node1.pid") pid1=${pid1// /}
  cat <<LOOK
The machines go on. On node1, as the mesh sees it:
  nsenter -t $pid1 -a env PATH=/run/programs:/run/scripts:\$PATH bash
  nodemeshctl status; nodemeshctl connections; nodemeshctl explain default/guest shop.default.mesh:80
  setpriv --reuid web --regid web --clear-groups curl http://shop.default.mesh/
  tail -f /run/nodemesh/access.log
Remove them with: scripts/demo.sh --down
LOOK
fi
