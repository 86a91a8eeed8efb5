# shellcheck shell=bash
# Machines for scripts/boot-test.sh, which sources this: systemd is process 1 of each, in systemd-nspawn, on an overlay of one minimal
# root; each has a network of its own, and a switch connects them. Wants scripts/lib.sh, a scratch directory, and the addresses' last bytes by name in
# $addresses; everything made here is gone after end_machines.
# shellcheck disable=SC2154

switch=nodemesh-$$-switch
declare -A booted=() leader=()

# root_directory: a minimal system of this host's distribution, from this host's package sources. Made once; $root is where it is.
root_directory() {
  local suite names
  suite=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  names=$(packages machine | paste -sd,)
  root=$artifacts/boot/$suite-$(printf '%s %s' "$suite" "$names" | sha256sum | cut -c1-12)
  [[ ! -d $root ]] || return 0
  say "Building a root of $suite (once)"
  local sources=() file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [[ ! -s $file ]] || sources+=("$file")
  done
  rm -rf "${artifacts:?}/boot"
  mkdir -p "$artifacts/boot"
  apt-config dump --format '%F "%v";%n' | grep '^Acquire::' >"$scratch/apt.conf"
  run_group 600 mmdebstrap --quiet --variant=minbase --include="$names" --aptopt="$scratch/apt.conf" "$suite" "$root.new" "${sources[@]}" ||
    die "mmdebstrap could not make a root"
  # Each machine has a name and an id of its own; nothing that the distribution would do by itself is to happen amid a test.
  rm -f "$root.new/etc/hostname"
  : >"$root.new/etc/machine-id"
  ln -s /dev/null "$root.new/etc/systemd/system/apt-daily.timer"
  ln -s /dev/null "$root.new/etc/systemd/system/apt-daily-upgrade.timer"
  chroot "$root.new" systemctl --quiet disable nginx.service
  mv "$root.new" "$root"
}

# hierarchies: where process 1 of a machine wants a control group of its own.
hierarchies() {
  findmnt -rno TARGET -t cgroup2
  findmnt -rno TARGET,OPTIONS -t cgroup | sed -n 's/ .*\bname=systemd.*//p'
}

begin_machines() {
  mkdir "$scratch/machines"
  mount -t tmpfs -o mode=755 machines "$scratch/machines"
  ip netns add "$switch"
  ip -n "$switch" link add br0 type bridge
  ip -n "$switch" link set lo up
  ip -n "$switch" link set br0 up
  ip -n "$switch" address add 192.0.2.254/24 dev br0
}

# overlay NAME: a root of its own, as it was made, at $scratch/machines/NAME/root.
overlay() {
  local place=$scratch/machines/$1
  mkdir -p "$place"/{upper,work,root}
  mount -t overlay -o "lowerdir=$root,upperdir=$place/upper,workdir=$place/work" "$1" "$place/root"
}

# wire NAME: a network namespace that knows nothing of the one before, as after a boot.
wire() {
  local name=nodemesh-$$-$1 number=${addresses[$1]}
  ip netns delete "$name" 2>/dev/null || true
  ip netns add "$name"
  ip -n "$name" link add eth0 type veth peer name "port$number" netns "$switch"
  ip -n "$switch" link set "port$number" master br0 up
  ip netns exec "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
  ip -n "$name" link set lo up
  ip -n "$name" address add "192.0.2.$number/24" dev eth0
  ip -n "$name" address add "2001:db8::$number/64" dev eth0 nodad
  ip -n "$name" link set eth0 up
  ip -n "$name" route add default via 192.0.2.254
}

# boot NAME: until systemd has started everything.
boot() {
  local name=$1 place=$scratch/machines/$1 state='' until=$((SECONDS + 60))
  [[ -d $place ]] || {
    overlay "$name"
    printf 'nameserver 192.0.2.254\n' >"$place/root/etc/resolv.conf"
  }
  wire "$name"
  (
    while read -r hierarchy; do
      mkdir -p "$hierarchy/nodemesh-$$-$name"
      echo "$BASHPID" >"$hierarchy/nodemesh-$$-$name/cgroup.procs"
    done < <(hierarchies)
    exec setsid env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --boot --register=no --keep-unit --console=pipe \
      --machine="$name" --directory="$place/root" --network-namespace-path="/run/netns/nodemesh-$$-$name" \
      --capability=CAP_NET_ADMIN --resolv-conf=off --timezone=off --link-journal=no </dev/null >>"$place/console" 2>&1
  ) &
  booted[$name]=$!
  until [[ $state == running ]]; do
    if [[ $SECONDS -ge $until || $state == degraded ]] || ! kill -0 "${booted[$name]}" 2>/dev/null; then
      tail -n 20 "$place/console" >&2
      [[ $state != degraded ]] || on "$name" systemctl --failed --no-legend >&2
      die "$name does not boot: ${state:-nothing answers}"
    fi
    sleep 0.1
    leader[$name]=$(process_one "${booted[$name]}") || continue
    state=$(on "$name" systemctl is-system-running 2>/dev/null || true)
  done
}

# process_one NSPAWN: its child that is process 1 of a machine.
process_one() {
  local child children
  read -r -a children 2>/dev/null <"/proc/$1/task/$1/children" || true
  for child in "${children[@]}"; do
    if grep -q '^NSpid:.*\s1$' "/proc/$child/status" 2>/dev/null && [[ $(<"/proc/$child/comm") == systemd ]]; then
      printf '%s' "$child"
      return
    fi
  done
  return 1
}

# on NAME COMMAND...: as root's shell there.
on() {
  local name=$1
  shift
  nsenter --target "${leader[$name]}" --all --root -- \
    env -i --chdir=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# wait_down NAME: until its process 1 has ended; killed when it takes longer than a machine may.
wait_down() {
  local pid=${booted[$1]} try
  for ((try = 0; try < 300; try++)); do
    kill -0 "$pid" 2>/dev/null || break
    [[ $try -ne 200 ]] || kill -KILL "${leader[$1]}" "$pid" 2>/dev/null || true
    sleep 0.1
  done
  wait "$pid" 2>/dev/null || true
  unset "booted[$1]" "leader[$1]"
  while read -r hierarchy; do
    [[ ! -d $hierarchy/nodemesh-$$-$1 ]] || find "$hierarchy/nodemesh-$$-$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done < <(hierarchies)
}

reboot_machine() {
  on "$1" systemctl reboot >/dev/null 2>&1 || true
  wait_down "$1"
  boot "$1"
}

end_machines() {
  local name
  for name in "${!booted[@]}"; do
    # systemd's signal for an orderly end (systemd(1)).
    kill -s RTMIN+4 "${leader[$name]:-${booted[$name]}}" 2>/dev/null || true
  done
  for name in "${!booted[@]}"; do wait_down "$name"; done
  ip netns list | awk '{ print $1 }' | grep "^nodemesh-$$-" | while read -r name; do ip netns delete "$name"; done
  [[ ! -d ${scratch-}/machines ]] || umount --recursive "$scratch/machines"
}
