# shellcheck shell=bash
# Runs as process 1 of a test machine, in its own namespaces: makes the file system its own, says "ready", and holds
# everything until the test run closes our standard input, by intent or by dying. The kernel then ends all that is left.
# Arguments: NAME PEERS SCRIPTS [PROGRAMS]: directories to show as /run/peers, /run/scripts and /run/programs.
set -eu
name=$1 peers=$2 scripts=$3 programs=${4-}

mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/nodemesh /run/lock /run/peers /run/scripts /run/programs /run/layers/{etc,etc.work,lib,lib.work}
mkdir -m 1777 /run/tmp
mount --bind "$peers" /run/peers
mount --bind "$scripts" /run/scripts
[ -z "$programs" ] || mount --bind "$programs" /run/programs

# What a test writes to /etc and /var/lib is seen by this machine alone and goes with it.
mount -t overlay -o lowerdir=/etc,upperdir=/run/layers/etc,workdir=/run/layers/etc.work overlay /etc
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/layers/lib,workdir=/run/layers/lib.work overlay /var/lib
mkdir -p /etc/nodemesh /var/lib/nodemesh
rm -f /etc/resolv.conf /etc/hosts
printf '# none: a test that needs a resolver says which\n' >/etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >/etc/nsswitch.conf

hostname "$name"
ip link set lo up
echo ready

while read -r _; do :; done
