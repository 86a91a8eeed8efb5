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

  --packages DIR DIR   packages that were made before: those to install, and those of a later version; else both are made
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
    # shellcheck disable=SC2046 # each job is a word
    trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
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
---
apiVersion: nodemesh.io/v1
kind: Workload
metadata: {name: hold, namespace: shop}
spec:
  node: web-1
  selector: {systemdUnit: hold.service}
---
apiVersion: nodemesh.io/v1
kind: Workload
metadata: {name: echo, namespace: shop, labels: {app: echo}}
spec:
  node: db-1
  selector: {systemdUnit: echo.service}
  ports: [{name: lines, port: 7000, protocol: tcp}]
---
apiVersion: nodemesh.io/v1
kind: Service
metadata: {name: echo, namespace: shop}
spec:
  selector: {app: echo}
  ports: [{name: lines, port: 7000, targetPort: lines, protocol: tcp}]
END
  give "$scratch/catalog.yaml" control-1 root/catalog.yaml
  on control-1 nodemeshctl apply -f catalog.yaml
  on control-1 nodemeshctl wait --for=programmed
  eventually 10 calls_catalog
}

# web_gets URL: nginx's answer, whatever else a daemon may answer.
web_gets() {
  local got
  got=$(call web-1 "$1") || return 1
  [[ $got == *'Welcome to nginx'* ]] || { printf '%.200s\n' "$got" && return 1; }
}

calls_catalog() { web_gets http://catalog.shop.mesh/; }

begin_load() {
  on web-1 rm -f /run/load.json
  on web-1 systemd-run --unit web --collect --quiet --property DynamicUser=yes --property StandardOutput=file:/run/load.json \
    python3 /srv/load.py catalog.shop.mesh 80 / 8 "$1"
  sleep 1
}

# end_load: what it met with, also as $requests, $refused, $unanswered and $outage.
end_load() {
  local report
  report=$scratch/load.json
  if ! on web-1 systemctl stop web || ! on web-1 cat /run/load.json >"$report" || [[ ! -s $report ]]; then
    on web-1 journalctl -u web --no-pager -n 20
    return 1
  fi
  requests=$(number_of requests "$report") refused=$(number_of refused "$report") unanswered=$(number_of failed "$report")
  outage=$(number_of outage "$report")
  note "$requests requests, $refused refused, $unanswered failed; the longest time without a success was $outage s"
  grep -q '"reasons": {}' "$report" || note "$(sed 's/.*"reasons": //' "$report")"
}

number_of() { sed "s/.*\"$1\": \([0-9.]*\).*/\1/" "$2"; }

# begin_hold SECONDS|until-ended: eight connections at a time from hold.service of web-1 to echo.service of db-1.
begin_hold() {
  on db-1 systemctl is-active --quiet echo ||
    on db-1 systemd-run --unit echo --collect --quiet --property DynamicUser=yes python3 /srv/hold.py serve 7000
  on web-1 rm -f /run/hold.json
  on web-1 systemd-run --unit hold --collect --quiet --property DynamicUser=yes --property StandardOutput=file:/run/hold.json \
    python3 /srv/hold.py call echo.shop.mesh 7000 8 "$1"
  sleep 1
}

# end_hold: what became of them, also as $connections, $lines, $turned_away, $broken and $ended.
end_hold() {
  local report=$scratch/hold.json
  on web-1 sh -c '! systemctl is-active --quiet hold || systemctl stop hold'
  on web-1 cat /run/hold.json >"$report"
  connections=$(number_of connections "$report") lines=$(number_of lines "$report") turned_away=$(number_of refused "$report")
  broken=$(number_of broken "$report")
  ended=$(sed 's/.*"ended": \[\([^]]*\)\].*/\1/; s/,//g' "$report")
  note "$connections TCP connections held, $lines lines there and back: $turned_away refused, $broken broken; the longest wait was $(number_of wait "$report") s"
  grep -q '"reasons": {}' "$report" || note "$(sed 's/.*"reasons": //' "$report")"
}

nothing_was_lost() { [[ $refused -eq 0 && $unanswered -eq 0 && $requests -ge 10000 && $turned_away -eq 0 && $broken -eq 0 && $lines -gt 0 ]]; }

restart_under_load() {
  begin_hold 6
  begin_load 10000
  on db-1 systemctl restart nodemeshd
  on web-1 systemctl restart nodemeshd
  ready db-1
  ready web-1
  end_load
  end_hold
  nothing_was_lost
}

# Those that go on after `drain` (4 s here) are ended by the daemon that was stopped, and only then.
outlasting_connections_end() {
  local began took
  on db-1 sh -c 'echo "drain: 4s" >>/etc/nodemesh/nodemeshd.yaml'
  on db-1 systemctl restart nodemeshd
  ready db-1
  begin_hold until-ended
  began=$EPOCHREALTIME
  on db-1 systemctl restart nodemeshd
  took=$(since "$began")
  eventually 20 on web-1 test -s /run/hold.json
  end_hold
  on db-1 sed -i '/^drain: 4s$/d' /etc/nodemesh/nodemeshd.yaml
  on db-1 systemctl restart nodemeshd
  ready db-1
  note "they were ended $(awk -v began="$began" '{ for (i = 1; i <= NF; i++) printf "%s%.1f", (i > 1 ? ", " : ""), $i - began }' <<<"$ended") s after the restart began, which took $took s"
  awk -v began="$began" -v took="$took" '
    { for (i = 1; i <= NF; i++) if ($i - began < 4 || $i - began > took + 4 + 2) exit 1; exit NF != 8 }' <<<"$ended"
  [[ $connections -eq 8 && $broken -eq 0 ]]
}

# since TIME: seconds, with TIME of $EPOCHREALTIME.
since() { between "$1" "$EPOCHREALTIME"; }

# between TIME TIME: seconds.
between() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.2f", to - from }'; }

version_of() { dpkg-deb -f "$1"/nodemesh_*.deb Version | sed 's/-[^-]*$//'; }

# says_version NAME VERSION: its programs, and the daemon that runs.
says_version() {
  [[ $(on "$1" nodemeshd --version) == "nodemeshd $2" ]]
  [[ $(on "$1" nodemeshctl version --client) == "nodemeshctl $2"* ]]
  on "$1" nodemeshctl version | grep -x "nodemeshd  *$2"
}

upgrade_under_load() {
  local name before after
  before=$(version_of "${dirs[0]}") after=$(version_of "${dirs[1]}")
  dpkg --compare-versions "$before" lt "$after"
  says_version web-1 "$before"
  for name in "${machines[@]}"; do
    on "$name" sh -c 'rm -f ./*.deb'
    cp "${dirs[1]}"/*.deb "$scratch/machines/$name/root/root/"
  done
  begin_hold 6
  begin_load 10000
  on control-1 sh -c 'apt install ./nodemesh_*.deb ./nodemesh-controller_*.deb'
  for name in db-1 web-1; do
    on "$name" sh -c 'apt install ./nodemesh_*.deb'
    ready "$name"
  done
  end_load
  end_hold
  for name in db-1 web-1; do says_version "$name" "$after"; done
  note "from $before to $after"
  on web-1 sh -c 'grep -q 192.0.2.10 /etc/nodemesh/nodemeshd.yaml && grep -q redirect-dns /etc/default/nodemeshd'
  nothing_was_lost
}

# --- what others see --------------------------------------------------------------------------------------------------------

# What the load sends and what it gets: neither is to be seen on the wires between the machines.
asked='Accept-Encoding: identity' answered='Welcome to nginx'

begin_wire() {
  rm -f "$scratch/wire.log"
  ip netns exec "$switch" timeout 120 python3 tests/boot/wire.py "$asked" "$answered" >"$scratch/wire.json" 2>"$scratch/wire.log" &
  wire=$!
  eventually 10 grep -qs listening "$scratch/wire.log"
}

# end_wire: also as $frames, $overlooked and $in_the_clear.
end_wire() {
  kill "$wire"
  wait "$wire" || { cat "$scratch/wire.log" && return 1; }
  frames=$(number_of frames "$scratch/wire.json") overlooked=$(number_of lost "$scratch/wire.json") in_the_clear=$(number_of seen "$scratch/wire.json")
  note "$frames frames on the wires, $overlooked overlooked, $in_the_clear with what was asked or answered in the clear"
}

nothing_was_in_the_clear() { [[ $frames -gt 0 && $overlooked -eq 0 && $in_the_clear -eq 0 ]]; }

# Whoever is not of the mesh gets nothing from an application, whether the daemon of that machine runs or not.
outsider_gets_nothing() { ! on control-1 curl -s --max-time 1 http://192.0.2.2/ | grep "$answered"; }

without_the_mesh_all_is_seen() {
  begin_wire
  on control-1 curl -s --max-time 5 -H "$asked" http://192.0.2.2/ | grep -q "$answered"
  end_wire
  [[ $in_the_clear -gt 0 ]]
}

# is_back NAME RESTARTS: started by systemd more often than that, and ready.
is_back() {
  [[ $(on "$1" systemctl show -P NRestarts nodemeshd) -gt $2 && $(on "$1" curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:15020/readyz 2>/dev/null) == 200 ]]
}

# begin_watch NAME: at what time (Unix) the daemon there is ready again, once it was not. It costs what is waited for next to nothing.
begin_watch() {
  # shellcheck disable=SC2016 # for the shell there
  on "$1" timeout 30 bash -c '
    is_ready() (exec 3<>/dev/tcp/127.0.0.1/15020 && printf "GET /readyz HTTP/1.0\r\n\r\n" >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]) 2>/dev/null
    while is_ready; do sleep 0.01; done
    until is_ready; do sleep 0.02; done
    echo "$EPOCHREALTIME"' >"$scratch/ready" &
  watch=$!
}

# A connection that comes meanwhile waits: the bound is for a machine that does much else beside.
killed_daemon_comes_back() {
  local began listened ready
  begin_wire
  begin_load 1000
  begin_watch "$1"
  sleep 0.5
  began=$EPOCHREALTIME
  on "$1" systemctl kill --signal KILL nodemeshd
  outsider_gets_nothing
  wait "$watch"
  ready=$(<"$scratch/ready")
  listened=$(on "$1" journalctl -u nodemeshd -o short-unix --since "@${began%.*}" | awk -v began="$began" '/listening on/ && $1 > began && !found++ { print $1 }')
  note "it listened $(between "$began" "$listened") s after the kill, and was ready after $(between "$began" "$ready") s"
  on "$1" nodemesh-iptables status
  end_load
  end_wire
  nothing_was_in_the_clear
  awk -v began="$began" -v ready="$ready" -v outage="$outage" 'BEGIN { exit !(ready - began <= 10 && outage <= 10) }'
}

# Oftener than systemd would bear by default.
killed_over_and_over() {
  local try pid
  for ((try = 0; try < 8; try++)); do
    pid=$(on "$1" systemctl show -P MainPID nodemeshd)
    on "$1" systemctl kill --signal KILL nodemeshd
    eventually 10 runs_as_another "$1" "$pid"
  done
  ready "$1"
}

runs_as_another() {
  local pid
  pid=$(on "$1" systemctl show -P MainPID nodemeshd)
  [[ $pid -ne 0 && $pid -ne $2 ]]
}

# The daemon ends by itself, and systemd starts it again: not to be seen from outside.
drained_daemon_opens_nothing() {
  local restarts try
  restarts=$(on "$1" systemctl show -P NRestarts nodemeshd)
  on "$1" nodemeshctl drain --grace 1s
  for ((try = 0; try < 10; try++)); do outsider_gets_nothing; done
  eventually 20 is_back "$1" "$restarts"
  on "$1" nodemesh-iptables status
}

# A daemon that does not come back at all: nothing gets around it, on the side that asks and on the side that is asked.
dead_daemon_opens_nothing() {
  local name
  begin_wire
  for name in web-1 db-1; do
    on "$name" sh -c 'mkdir /run/systemd/system/nodemeshd.service.d && printf "[Service]\nRestart=no\n" >/run/systemd/system/nodemeshd.service.d/dead.conf'
    on "$name" systemctl daemon-reload
  done
  for name in db-1 web-1; do
    on "$name" systemctl kill --signal KILL nodemeshd
    eventually 10 on "$name" systemctl is-failed --quiet nodemeshd
    on "$name" sh -c 'iptables-save && ip6tables-save' | grep -c NODEMESH_OUTPUT
    outsider_gets_nothing
    ! calls_catalog || return 1
    ! web_gets http://192.0.2.2/ || return 1
  done
  for name in web-1 db-1; do
    on "$name" rm -r /run/systemd/system/nodemeshd.service.d
    on "$name" systemctl daemon-reload
    on "$name" systemctl start nodemeshd
    ready "$name"
  done
  eventually 10 calls_catalog
  end_wire
  nothing_was_in_the_clear
}

# The node's own key is read to look for it; what may not leave the machine is not to be in there.
bundle_is_harmless() {
  on "$1" bash -es <<'END'
nodemeshctl support-bundle --file bundle.tar.gz
mkdir bundle
tar xzf bundle.tar.gz -C bundle
grep -rq 'In use:' bundle/*/log/nodemeshd.txt
grep -q '^nodemesh_certificate_expiry_timestamp_seconds' bundle/*/daemon/metrics.txt
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

# Operators come and go by a reload; what is wrong fails it.
operators_are_reloaded() {
  local before wrong=refused settings=/etc/nodemesh/nodemesh-controller.yaml
  before=$(on control-1 systemctl show -P MainPID nodemesh-controller)
  on control-1 cp "$settings" /root/settings
  on control-1 sh -c "echo 'operators: [{id: \"spiffe://example.org/ns/ops/sa/alice\", role: viewer}]' >>$settings"
  on control-1 systemctl reload nodemesh-controller
  eventually 10 said_by_the_controller 'alice is Viewer from now on'
  on control-1 sed -i 's/role: viewer/role: wiever/' "$settings"
  ! on control-1 systemctl reload nodemesh-controller || wrong=taken
  on control-1 cp /root/settings "$settings"
  [[ $wrong == refused ]]
  eventually 10 said_by_the_controller "$settings:[0-9].*wiever"
  note "$(head -n 1 "$scratch/line")"
  on control-1 systemctl reload nodemesh-controller
  eventually 10 said_by_the_controller 'alice is no operator any more'
  [[ $(on control-1 systemctl show -P MainPID nodemesh-controller) == "$before" ]]
}

# said_by_the_controller PATTERN: the lines are in $scratch/line.
said_by_the_controller() { on control-1 journalctl -u nodemesh-controller -o cat | grep -o "$1.*" >"$scratch/line"; }

# A mistake in the settings is known at a reload, not at the next start; what was in force stays so, and carries.
wrong_settings_fail_the_reload() {
  local before
  before=$(on "$1" systemctl show -P MainPID nodemeshd)
  begin_load 1000
  on "$1" sh -c 'echo "drian: 4s" >>/etc/nodemesh/nodemeshd.yaml'
  ! on "$1" systemctl reload nodemeshd || return 1
  on "$1" journalctl -u nodemeshd -p err -o cat -n 5 | grep -o '/etc/nodemesh/nodemeshd.yaml:[0-9].*drian.*' >"$scratch/line"
  note "$(head -n 1 "$scratch/line")"
  [[ $(on "$1" systemctl is-active nodemeshd) == active ]]
  ready "$1"
  on "$1" sed -i '/^drian/d' /etc/nodemesh/nodemeshd.yaml
  on "$1" systemctl reload nodemeshd
  [[ $(on "$1" systemctl show -P MainPID nodemeshd) == "$before" ]]
  end_load
  [[ $requests -ge 1000 && $refused -eq 0 && $unanswered -eq 0 ]]
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

# A connection is open that would go on for as long as `drain` says.
purge_amid_a_connection() {
  local began took
  calls_catalog
  begin_hold until-ended
  began=$EPOCHREALTIME
  on db-1 apt-get -y purge nodemesh nodemesh-controller
  took=$(since "$began")
  note "took $took s"
  ! on db-1 pgrep -x nodemeshd || return 1
  awk -v took="$took" 'BEGIN { exit !(took < 20) }'
  on db-1 systemctl stop echo
  on web-1 sh -c 'systemctl stop hold 2>/dev/null; rm /run/hold.json'
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

# rpm_on NAME: where systemd runs, an upgrade goes over to the new daemon and a removal ends it, rules and all.
rpm_on() {
  local before after=$scratch/machines/$1/root/root/after
  mkdir -p "$after" "$scratch/machines/$1/root/root/before"
  cp "${dirs[0]}"/*.rpm "$scratch/machines/$1/root/root/before/"
  cp "${dirs[1]}"/*.rpm "$after/"
  on "$1" sh -c 'rpm -i --nodeps before/*.rpm'
  nothing_runs "$1"
  on "$1" systemctl enable --now nodemeshd
  on "$1" nodemesh-iptables status
  before=$(on "$1" systemctl show -P MainPID nodemeshd)
  on "$1" sh -c 'rpm -U --nodeps after/*.rpm'
  says_version "$1" "$(version_of "${dirs[1]}")"
  [[ $(on "$1" systemctl is-active nodemeshd) == active && $(on "$1" systemctl show -P MainPID nodemeshd) != "$before" ]]
  on "$1" nodemesh-iptables status
  on "$1" rpm -e --nodeps nodemesh nodemesh-controller
  [[ $(on "$1" systemctl show -P LoadState nodemeshd) == not-found ]]
  ! on "$1" pgrep -x nodemeshd || return 1
  ! on "$1" sh -c 'iptables-save && ip6tables-save' | grep NODEMESH || return 1
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
  say "Making the packages, and those of a later version"
  packaging/build.sh --fast --output "${dirs[0]}" >"$scratch/build.log" || { cat "$scratch/build.log" && exit 1; }
  packaging/build.sh --fast --version "$(version_of "${dirs[0]}" | awk -F. '{ print $1 "." $2 "." $3 + 1 }')" --output "${dirs[1]}" >"$scratch/build.log" || { cat "$scratch/build.log" && exit 1; }
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
for name in web-1 db-1; do give tests/boot/hold.py "$name" srv/hold.py; done
on db-1 sh -c 'mkdir -p /etc/systemd/system/nginx.service.d && printf "[Unit]\nAfter=nodemesh.target\nWants=nodemesh.target\n" >/etc/systemd/system/nginx.service.d/mesh.conf'
on db-1 systemctl --quiet enable --now nginx
for name in "${machines[@]}"; do snapshot "$name" before; done

run_readme
step 'each side knows the other by its identity' identity_is_seen
step 'the units are confined (exposure of 2.5 at most)' exposure control-1 nodemeshd nodemesh-controller
step 'a change through the controller is in force, for a service as it is' change_is_in_force
step 'web-1: a support bundle, without keys and tokens' bundle_is_harmless web-1
step 'db-1: reload' reload_keeps_the_daemon db-1
step 'db-1: a reload with a mistake in the settings' wrong_settings_fail_the_reload db-1
step 'control-1: operators come and go by a reload' operators_are_reloaded
step 'a restart of both daemons under load' restart_under_load
step 'connections that outlast the drain time' outlasting_connections_end
step 'an upgrade of all machines under load' upgrade_under_load
for name in db-1 web-1; do step "$name: a daemon killed under load comes back" killed_daemon_comes_back "$name"; done
step 'db-1: a daemon killed over and over comes back' killed_over_and_over db-1
step 'db-1: a daemon that is drained leaves nothing open' drained_daemon_opens_nothing db-1
step 'a daemon that does not come back leaves nothing open' dead_daemon_opens_nothing
say "Rebooting ${machines[*]}"
for name in "${machines[@]}"; do reboot_machine "$name"; done
step 'after a reboot everything is back' everything_is_back
step 'db-1: purge amid open connections' purge_amid_a_connection
for name in web-1 control-1; do step "$name: purge" on "$name" apt-get -y purge nodemesh nodemesh-controller; done
for name in "${machines[@]}"; do step "$name: rules, users, units and files are as before the installation" nothing_is_left "$name"; done
step 'without the mesh everything is seen on the wires' without_the_mesh_all_is_seen
step 'control-1: rpm installs, upgrades what runs, and removes it' rpm_on control-1
step 'rpm: installs and upgrades, with its scriptlets' rpm_installs
step 'rpm: removes' rpm_removes

total
[[ $failed -eq 0 ]]
