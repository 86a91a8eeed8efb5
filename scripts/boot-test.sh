#!/usr/bin/env bash
# The packages on machines that boot: three systems with systemd, made of this host's distribution, are installed and configured by the very
# commands of README.md, carry traffic between systemd services, are restarted, upgraded, killed, rebooted and purged. Each step says what it
# found; the last line how many held. Nothing stays behind but the root in artifacts/boot, which the next run uses again.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/boot/machines.sh
source "$repository/tests/boot/machines.sh"

usage() {
  cat <<'HELP'
Usage: scripts/boot-test.sh [--packages DIR DIR]

  --packages DIR DIR   packages that were made before: those to install, and those of a later release; else both are made
HELP
}

dirs=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --packages) dirs=("${2-}" "${3-}") && shift 2 ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done

require_root scripts/boot-test.sh
cd "$repository"
declare -A addresses=([control-1]=10 [web-1]=1 [db-1]=2)
machines=(control-1 web-1 db-1)
passed=0 failed=0 began=$SECONDS

trap 'end_machines; end_all' EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP

install_packages boot
install_packages package
scratch boot

# --- steps ------------------------------------------------------------------------------------------------------------------

# step WORDS COMMAND...: what it wrote into $scratch/note stands behind the words; its output is shown when it fails.
step() {
  local words=$1 status=0
  shift
  : >"$scratch/note"
  set +e
  (
    set -e
    "$@"
  ) </dev/null >"$scratch/step.log" 2>&1
  status=$?
  set -e
  if [[ $status -eq 0 ]]; then
    passed=$((passed + 1))
    printf '%3d. %s%s\n' $((passed + failed)) "$words" "$(sed '1s/^/: /; 2,$s/^/     /' "$scratch/note")"
  else
    failed=$((failed + 1))
    printf '%3d. %s: %sFAILED%s\n' $((passed + failed)) "$words" "$red" "$plain"
    sed 's/^/     /' "$scratch/note" "$scratch/step.log"
  fi
}

note() { printf '%s\n' "$*" >>"$scratch/note"; }

# The commands of README.md build upon each other: where one fails, there is nothing to see behind it.
readme_step() {
  local before=$failed name
  step "$@"
  [[ $failed -gt $before ]] || return 0
  for name in "${machines[@]}"; do
    say "The log of $name:"
    on "$name" journalctl --no-pager -o cat -n 30 -u nodemeshd -u nodemesh-controller
  done
  total
  exit 1
}

total() {
  say "$((SECONDS - began)) s"
  printf '%d passed, %d failed\n' "$passed" "$failed"
}

# eventually SECONDS COMMAND...
eventually() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $until ]] || return 1
    sleep 0.05
  done
}

give() { install -m 644 "$1" "$scratch/machines/$2/root/$3"; }

# call NAME URL: what a process of web.service gets there.
call() { on "$1" systemd-run --unit web --property DynamicUser=yes --pipe --wait --collect --quiet curl -sS --max-time 5 "$2"; }

ready() { on "$1" nodemeshctl status --wait 30s >/dev/null; }

# --- what is compared before the installation and after the purge -------------------------------------------------------------

snapshot() {
  on "$1" bash -c '
    echo "rules:"
    iptables-save | sed "/^#/d; s/ \[[0-9:]*\]//"
    ip6tables-save | sed "/^#/d; s/ \[[0-9:]*\]//"
    echo "users:"
    cat /etc/passwd /etc/group /etc/shadow /etc/gshadow
    echo "units:"
    systemctl list-unit-files --no-legend --no-pager
    systemctl list-units --all --plain --no-legend --no-pager "*nodemesh*"
    echo "files:"
    # Not what dpkg, apt, systemd and this test keep for themselves; passwd- and its like are copies that each change makes.
    find / /run -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /root -o -path /var/tmp -o -path /var/cache -o -path /var/log/journal \
      -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd -o -path /var/log/apt -o -path /var/log/dpkg.log -o -path /run/systemd -o -path /run/udev -o -path /run/user \
      -o -path /run/log -o -path /run/credentials \) -prune -o ! -path "/etc/*-" -printf "%M %u %g %p %l\n" | sort -k4 -u
    echo "settings:"
    find /etc -xdev -type f ! -name "*-" ! -name .pwd.lock -exec sha256sum {} + | sort -k2
  ' >"$scratch/$1.$2"
}

# --- the README -------------------------------------------------------------------------------------------------------------

# readme_blocks: the fenced blocks of its section on installing, each into $scratch/readme/NN, below a line with the words of its fence.
readme_blocks() {
  mkdir -p "$scratch/readme"
  awk -v directory="$scratch/readme" '
    /^## / { here = ($0 == "## Installing: a first mesh") }
    !here { next }
    /^```/ { if (inside) { inside = 0; close(file) } else { inside = 1; file = sprintf("%s/%02d", directory, ++n); print substr($0, 4) >file }; next }
    inside { print >file }' README.md
}

nothing_runs() {
  local unit
  for unit in nodemeshd.service nodemesh-controller.service; do
    on "$1" systemctl cat "$unit" >/dev/null 2>&1 || continue
    [[ $(on "$1" systemctl is-active "$unit") == inactive ]]
    [[ $(on "$1" systemctl is-enabled "$unit") == disabled ]]
  done
}

# An operator would copy them.
bring_tokens() {
  local name
  for name in web-1 db-1; do
    cp "$scratch/machines/control-1/root/root/$name.token" "$scratch/machines/$name/root/root/join-token" 2>/dev/null || true
  done
}

run_readme() {
  local block words name line
  readme_blocks
  for block in "$scratch"/readme/*; do
    words=$(head -n 1 "$block")
    case $words in
      'yaml '*)
        sed 1d "$block" >"$scratch/yaml"
        give "$scratch/yaml" control-1 "root/${words#yaml }"
        ;;
      'sh '*)
        for name in ${words#sh }; do
          bring_tokens
          while read -r line; do
            readme_step "README, $name: $line" on "$name" bash -c "$line"
            [[ $line != 'apt install'* ]] || readme_step "$name: nothing is started or enabled by that" nothing_runs "$name"
          done < <(sed 1d "$block")
        done
        ;;
      *) die "README.md: a block of '$words' in the section on installing is neither 'yaml FILE' nor 'sh MACHINE...'" ;;
    esac
  done
}

# --- what is asked ----------------------------------------------------------------------------------------------------------

identity_is_seen() {
  on db-1 journalctl -u nodemeshd -o cat | grep -m 1 '"principal":"spiffe://example.org/ns/shop/sa/web"' >"$scratch/line"
  grep -q '"principal":"spiffe://example.org/ns/shop/sa/cart"' "$scratch/line"
  note "spiffe://example.org/ns/shop/sa/web called spiffe://example.org/ns/shop/sa/cart"
}

exposure() {
  local unit level
  for unit in "${@:2}"; do
    level=$(on "$1" systemd-analyze security --no-pager "$unit" | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
    note "$unit $level"
    awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 2.5) }'
  done
}

change_is_in_force() {
  cat >"$scratch/catalog.yaml" <<'END'
apiVersion: nodemesh.io/v1
kind: Workload
metadata: {name: catalog, namespace: shop, labels: {app: catalog}}
spec:
  node: db-1
  selector: {systemdUnit: nginx.service}
  ports: [{name: http, port: 80, protocol: http}]
---
apiVersion: nodemesh.io/v1
kind: Service
metadata: {name: catalog, namespace: shop}
spec:
  selector: {app: catalog}
  ports: [{name: http, port: 80, targetPort: http, protocol: http}]
END
  give "$scratch/catalog.yaml" control-1 root/catalog.yaml
  on control-1 nodemeshctl apply -f catalog.yaml
  on control-1 nodemeshctl wait --for=programmed
  eventually 10 calls_catalog
}

calls_catalog() { [[ $(call web-1 http://catalog.shop.mesh/) == *'Welcome to nginx'* ]]; }

begin_load() {
  on web-1 rm -f /run/load.json
  on web-1 systemd-run --unit web --quiet --property DynamicUser=yes --property StandardOutput=file:/run/load.json \
    python3 /srv/load.py catalog.shop.mesh 80 / 8 "$1"
  sleep 1
}

# end_load: what it met with, also as $requests, $refused, $unanswered and $outage.
end_load() {
  local report
  on web-1 systemctl stop web
  report=$scratch/load.json
  on web-1 cat /run/load.json >"$report"
  requests=$(number_of requests "$report") refused=$(number_of refused "$report") unanswered=$(number_of failed "$report")
  outage=$(number_of outage "$report")
  note "$requests requests, $refused refused, $unanswered failed; the longest time without a success was $outage s"
  grep -q '"reasons": {}' "$report" || note "$(sed 's/.*"reasons": //' "$report")"
}

number_of() { sed "s/.*\"$1\": \([0-9.]*\).*/\1/" "$2"; }

restart_under_load() {
  begin_load 10000
  on db-1 systemctl restart nodemeshd
  on web-1 systemctl restart nodemeshd
  ready db-1
  ready web-1
  end_load
  [[ $refused -eq 0 && $unanswered -eq 0 && $requests -ge 10000 ]]
}

upgrade_under_load() {
  local name
  for name in "${machines[@]}"; do
    on "$name" sh -c 'rm -f ./*.deb'
    cp "${dirs[1]}"/*.deb "$scratch/machines/$name/root/root/"
  done
  begin_load 10000
  on control-1 sh -c 'apt install ./nodemesh_*.deb ./nodemesh-controller_*.deb'
  for name in db-1 web-1; do
    on "$name" sh -c 'apt install ./nodemesh_*.deb'
    ready "$name"
  done
  end_load
  note "now $(on web-1 dpkg -s nodemesh | grep ^Version:)"
  [[ $(on web-1 dpkg -s nodemesh | grep ^Version:) == *-2 ]]
  on web-1 sh -c 'grep -q 192.0.2.10 /etc/nodemesh/nodemeshd.yaml && grep -q redirect-dns /etc/default/nodemeshd'
  [[ $refused -eq 0 && $unanswered -eq 0 && $requests -ge 10000 ]]
}

is_back() { [[ $(on db-1 systemctl show -P NRestarts nodemeshd) -ge 1 && $(on db-1 curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:15020/readyz 2>/dev/null) == 200 ]]; }

# The node's own key is read to look for it; what may not leave the machine is not to be in there.
bundle_is_harmless() {
  on "$1" bash -es <<'END'
nodemeshctl support-bundle --file bundle.tar.gz
mkdir bundle
tar xzf bundle.tar.gz -C bundle
grep -rq 'In use:' bundle/*/log/nodemeshd.txt
! grep -rF "$(sed -n 2p /var/lib/nodemesh/node/node.key)" bundle || exit 1
! grep -rF "$(cat join-token)" bundle || exit 1
END
  note "$(on "$1" sh -c 'find bundle -type f | wc -l') files"
}

# What is changed in a file, `systemctl reload` brings into force; the daemon is the same.
reload_keeps_the_daemon() {
  local before
  before=$(on "$1" systemctl show -P MainPID nodemeshd)
  on "$1" systemctl reload nodemeshd
  [[ $(on "$1" systemctl show -P MainPID nodemeshd) == "$before" ]]
  ready "$1"
}

killed_daemon_comes_back() {
  begin_load 1000
  on db-1 systemctl kill --signal KILL nodemeshd
  # Nothing is open meanwhile.
  on db-1 sh -c 'iptables-save && ip6tables-save' | grep -c NODEMESH_OUTPUT
  eventually 20 is_back
  on db-1 nodemesh-iptables status
  end_load
  awk -v outage="$outage" 'BEGIN { exit !(outage <= 20) }'
}

everything_is_back() {
  local name
  for name in web-1 db-1; do
    ready "$name"
    on "$name" nodemesh-iptables status
  done
  eventually 20 calls_catalog
  # nginx of db-1 says After=nodemesh.target.
  [[ $(on db-1 systemctl show -P ActiveEnterTimestampMonotonic nginx) -ge $(on db-1 systemctl show -P ActiveEnterTimestampMonotonic nodemeshd) ]]
}

nothing_is_left() {
  snapshot "$1" after
  diff "$scratch/$1.before" "$scratch/$1.after"
}

# --- rpm --------------------------------------------------------------------------------------------------------------------

rpm_installs() {
  overlay rpm
  local target=$scratch/machines/rpm/root
  # The scriptlets' programs look there for who they are.
  mount -t proc proc "$target/proc"
  rpm --root "$target" --initdb
  rpm --root "$target" -ivv --nodeps "${dirs[0]}"/*.rpm >"$scratch/rpm.log" 2>&1
  grep -E 'D: .*%post\(nodemesh(-controller)?-[0-9].*execv' "$scratch/rpm.log"
  grep -q '^nodemesh:' "$target/etc/passwd"
  grep -q '^nodemesh-controller:' "$target/etc/passwd"
  [[ $(stat -c %a "$target/var/lib/nodemesh" "$target/var/lib/nodemesh-controller" | sort -u) == 700 ]]
  chroot "$target" nodemeshctl version --client
  chroot "$target" nodemeshd --version
  echo 'node: kept' >>"$target/etc/nodemesh/nodemeshd.yaml"
  rpm --root "$target" -Uvv --nodeps "${dirs[1]}"/*.rpm >>"$scratch/rpm.log" 2>&1
  grep -q '^node: kept' "$target/etc/nodemesh/nodemeshd.yaml"
  note "$(rpm --root "$target" -qa | sort | paste -sd' ')"
}

rpm_removes() {
  local target=$scratch/machines/rpm/root
  rpm --root "$target" -evv --nodeps nodemesh nodemesh-controller >"$scratch/rpm.log" 2>&1
  grep -E 'D: .*%preun\(nodemesh(-controller)?-[0-9].*execv' "$scratch/rpm.log"
  [[ ! -e $target/usr/lib/nodemesh && ! -e $target/usr/lib/systemd/system/nodemeshd.service ]]
}

# --- all of it --------------------------------------------------------------------------------------------------------------

if [[ ${#dirs[@]} -eq 0 ]]; then
  dirs=("$artifacts/packages-1" "$artifacts/packages-2")
  say "Making the packages, and those of a later release"
  packaging/build.sh --fast --release 1 --output "${dirs[0]}" >"$scratch/build.log" || { cat "$scratch/build.log" && exit 1; }
  packaging/build.sh --fast --release 2 --output "${dirs[1]}" >"$scratch/build.log" || { cat "$scratch/build.log" && exit 1; }
fi
root_directory
begin_machines

say "Booting ${machines[*]}"
for name in "${machines[@]}"; do
  boot "$name"
  cp "${dirs[0]}"/*.deb "$scratch/machines/$name/root/root/"
done
# What the owner of these machines had before: a load, and a web server that waits for the mesh.
give tests/boot/load.py web-1 srv/load.py
on db-1 sh -c 'mkdir -p /etc/systemd/system/nginx.service.d && printf "[Unit]\nAfter=nodemesh.target\nWants=nodemesh.target\n" >/etc/systemd/system/nginx.service.d/mesh.conf'
on db-1 systemctl --quiet enable --now nginx
for name in "${machines[@]}"; do snapshot "$name" before; done

run_readme
step 'each side knows the other by its identity' identity_is_seen
step 'the units are confined (exposure of 2.5 at most)' exposure control-1 nodemeshd nodemesh-controller
step 'a change through the controller is in force, for a service as it is' change_is_in_force
step 'web-1: a support bundle, without keys and tokens' bundle_is_harmless web-1
step 'db-1: reload' reload_keeps_the_daemon db-1
step 'a restart of both daemons under load' restart_under_load
step 'an upgrade of all machines under load' upgrade_under_load
step 'a daemon killed under load comes back' killed_daemon_comes_back
say "Rebooting ${machines[*]}"
for name in "${machines[@]}"; do reboot_machine "$name"; done
step 'after a reboot everything is back' everything_is_back
for name in "${machines[@]}"; do
  step "$name: purge" on "$name" apt-get -y purge nodemesh nodemesh-controller
  step "$name: rules, users, units and files are as before the installation" nothing_is_left "$name"
done
step 'rpm: installs and upgrades, with its scriptlets' rpm_installs
step 'rpm: removes' rpm_removes

total
[[ $failed -eq 0 ]]
