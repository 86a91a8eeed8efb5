# shellcheck shell=bash
# What relay.sh and idle.sh share: two machines with one cable between them, each a set of namespaces that ends with the script,
# however it ends. Sourced by them after scripts/lib.sh.
# shellcheck disable=SC2154,SC2034 # from scripts/lib.sh, and for those that source this

harness=$repository/tests/NodeMesh.EndToEnd.Tests/Harness
peers=$repository/bench/side-by-side/peers
declare -A address=([node1]=10.79.0.1 [node2]=10.79.0.2)
# The proxies run as one user, whose connections are not captured; the applications as others.
access_log=/run/nodemesh/access.log
proxy_uid=64100 caller_uid=64001 server_uid=64002

# hold NAME COMMAND...: namespaces with COMMAND as process 1, for as long as descriptor 9 of this script is open.
hold() {
  local name=$1 unshared=(--net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private) try
  shift
  setsid unshare "${unshared[@]}" bash "$@" <"$scratch/hold" >"$scratch/$name.ready" 2>"$scratch/$name.errors" 9>&- &
  holders+=("$!")
  for ((try = 0; try < 500; try++)); do
    if grep -q ready "$scratch/$name.ready" 2>/dev/null; then
      machine_pid[$name]=$(cat "/proc/$!/task/$!/children")
      machine_pid[$name]=${machine_pid[$name]// /}
      return
    fi
    sleep 0.02
  done
  die "namespaces for $name: $(<"$scratch/$name.errors")"
}
declare -A machine_pid=()
holders=()

# make_machines: node1 and node2, with the programs at /run/programs and the rules' script at /run/scripts.
make_machines() {
  mkfifo "$scratch/hold"
  exec 9<>"$scratch/hold"
  hold node1 "$harness/machine.sh" node1 "$peers" "$repository/scripts" "$artifacts/bin"
  hold node2 "$harness/machine.sh" node2 "$peers" "$repository/scripts" "$artifacts/bin"
  nsenter --net="/proc/${machine_pid[node1]}/ns/net" ip link add eth0 type veth peer name eth0 netns "${machine_pid[node2]}"
  local node name
  for node in node1 node2; do
    on $node sh -c "ip addr add ${address[$node]}/24 dev eth0 && ip link set eth0 up"
    for name in "nodemesh $proxy_uid" "caller $caller_uid" "server $server_uid"; do
      on $node sh -c "echo '${name% *}:x:${name#* }:${name#* }::/run/tmp:/bin/sh' >>/etc/passwd && echo '${name% *}:x:${name#* }:' >>/etc/group"
    done
    on $node chown $proxy_uid:$proxy_uid /run/nodemesh
  done
}

# end_machines: for the EXIT trap.
end_machines() {
  local holder try
  trap '' INT TERM HUP
  exec 9>&- || true
  for holder in "${holders[@]}"; do
    for ((try = 0; try < 200; try++)); do
      kill -0 "$holder" 2>/dev/null || break
      [[ $try -ne 100 ]] || kill -KILL "$holder" 2>/dev/null || true
      sleep 0.05
    done
  done
  end_all
}

# on MACHINE COMMAND...
on() {
  local pid=${machine_pid[$1]}
  shift
  nsenter --net="/proc/$pid/ns/net" --mount="/proc/$pid/ns/mnt" --uts="/proc/$pid/ns/uts" --ipc="/proc/$pid/ns/ipc" \
    --pid="/proc/$pid/ns/pid" --root="/proc/$pid/root" --wd=/ -- \
    env PATH=/run/programs:/run/scripts:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run/tmp HOME=/run/tmp timeout 120 "$@"
}

# begin NAME MACHINE UID CORE COMMAND...: in the background until its machine goes; output in $scratch/NAME.log.
begin() {
  local name=$1 machine=$2 uid=$3 core=$4 caps=-all pid
  shift 4
  [[ $uid != "$proxy_uid" ]] || caps=+net_admin,+net_raw,+dac_read_search
  pid=${machine_pid[$machine]}
  nsenter --net="/proc/$pid/ns/net" --mount="/proc/$pid/ns/mnt" --uts="/proc/$pid/ns/uts" --ipc="/proc/$pid/ns/ipc" \
    --pid="/proc/$pid/ns/pid" --root="/proc/$pid/root" --wd=/ -- \
    env PATH=/run/programs:/run/scripts:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run/tmp HOME=/run/tmp \
    setsid taskset -c "$core" setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps "$caps" --ambient-caps "$caps" "$@" \
    </dev/null >"$scratch/$name.log" 2>&1 9>&- &
  disown
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

# listens MACHINE ADDRESS PORT: waits for it.
listens() { eventually 20 on "$1" bash -c "exec 3<>/dev/tcp/$2/$3" || die "nothing listens at $2:$3 of $1: $(tail -n 5 "$scratch"/*.log)"; }

# start_mesh RESOURCES: identities, and nodemeshd with one loop on both machines, with the rules on node1.
start_mesh() {
  local node root
  mkdir -p "$scratch/resources"
  cp "$1" "$scratch/resources/mesh.yaml"
  "$artifacts/bin/nodemeshctl" validate "$scratch/resources" >"$scratch/validate.log" || die "$(<"$scratch/validate.log")"
  "$artifacts/bin/nodemeshctl" ca init "$scratch/ca" --trust-domain bench.example >/dev/null
  for node in node1 node2; do
    root=/proc/${machine_pid[$node]}/root
    cp -r "$scratch/resources" "$root/etc/nodemesh/resources"
    "$artifacts/bin/nodemeshctl" ca issue --ca "$scratch/ca" --node $node --resources "$scratch/resources" --out "$root/var/lib/nodemesh/identities" >/dev/null
    "$artifacts/bin/nodemeshctl" ca bundle --ca "$scratch/ca" --out "$root/var/lib/nodemesh/bundles" >/dev/null
    chown -R $proxy_uid:$proxy_uid "$root/var/lib/nodemesh"
    cat >"$root/etc/nodemesh/nodemeshd.yaml" <<YAML
node: $node
loops: 1
dns: { listen: [] }
accessLog: { output: $access_log }
interception: { managePorts: false }
drain: 1s
YAML
    begin "nodemeshd-$node" $node $proxy_uid "$proxy_core" nodemeshd
  done
  for node in node1 node2; do
    eventually 30 on $node curl -sf http://127.0.0.1:15020/readyz || die "nodemeshd on $node is not ready: $(<"$scratch/nodemeshd-$node.log")"
  done
}

# Proxies on one core, applications on another, where there are two: so that neither's caches and interrupts are charged to the other.
proxy_core=0
load_core=$(($(nproc) > 1 ? 1 : 0))
