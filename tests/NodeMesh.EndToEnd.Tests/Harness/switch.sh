# shellcheck shell=bash
# The network between the test machines: a bridge in a namespace of its own. It outlives the machines by a moment, to
# remove the control groups of the run, which no namespace takes along.
# Arguments: CGROUP (it need not exist) IPV4 IPV6 of the bridge, which is the machines' default gateway.
set -eu
cgroup=$1 ipv4=$2 ipv6=$3
trap '' HUP INT TERM

sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0
# It forwards nowhere, but only a forwarder says so: a stray packet is refused at once and does not hang.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip addr add "$ipv4" dev br0
ip addr add "$ipv6" dev br0 nodad
ip link set lo up
ip link set br0 up
echo ready

while read -r _; do :; done

for _ in $(seq 100); do
  [ -d "$cgroup" ] || exit 0
  find "$cgroup" -name cgroup.kill -exec sh -c 'echo 1 >"$1"' - {} \; 2>/dev/null || true
  find "$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  sleep 0.05
done
