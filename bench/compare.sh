# shellcheck shell=bash
# What the comparisons with HAProxy share: their options, their proxies' processor time, measuring in turns, and the table. Sourced by them
# after bench/lib.sh. They set rounds, seconds and connections, have scenarios (their names, each an array: port, nodemesh, haproxy, title), and
# define measure PROXY SCENARIO CONNECTIONS.
# shellcheck disable=SC2154 # from those that source this

# usage NAME PROGRAMS: with the defaults that the comparison has set.
usage() {
  cat <<HELP
Usage: bench/$1.sh [--quick] [--rounds N] [--seconds N] [--connections "$connections"] [--no-log]

  --quick             3 rounds of 1 second instead of $rounds of $seconds
  --rounds N          how often each is measured; the table shows the median and the range
  --seconds N         how long each measurement lasts
  --connections LIST  how many connections of the client, each with one request under way
  --no-log            neither writes an access log; else both write a line for each that they carry

Needs root, $2 and the programs of scripts/build.sh (which it calls). Nothing is left behind.
HELP
}

# begin_comparison NAME PROGRAMS [OPTION...]: takes the options over the defaults, makes what is needed, and ends it all at the end.
begin_comparison() {
  local name=$1 help
  help=$(usage "$1" "$2")
  shift 2
  while [[ $# -gt 0 ]]; do
    case $1 in
      --quick) rounds=3 seconds=1 ;;
      --rounds) rounds=${2-} && shift ;;
      --seconds) seconds=${2-} && shift ;;
      --connections) connections=${2-} && shift ;;
      --no-log) access_log=off ;;
      -h | --help) printf '%s\n' "$help" && exit ;;
      *) printf '%s\n' "$help" >&2 && die "unknown option $1" ;;
    esac
    shift
  done
  [[ $rounds =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ && $connections =~ ^[0-9\ ]+$ ]] || die "--rounds, --seconds and --connections take numbers"
  require_root "bench/$name.sh"
  install_packages test
  "$repository/scripts/build.sh"

  trap end_machines EXIT
  trap 'warn interrupted; exit 130' INT
  trap 'exit 143' TERM HUP
  scratch "$name"
}

# haproxy_defaults LOG-OPTION LINE...: the start of a configuration, with one thread, and LOG-OPTION where access logs are written.
haproxy_defaults() {
  printf '%s\n' global '  nbthread 1' '  maxconn 8000' defaults '  timeout connect 5s' '  timeout client 1h' '  timeout server 1h'
  [[ $access_log == off ]] || printf '%s\n' '  log stdout format raw local0' "  option $1"
  shift
  printf '%s\n' "$@"
}

# haproxy_files NODE: puts certificates where HAProxy reads them; prints the root of the machine.
haproxy_files() {
  local root=/proc/${machine_pid[$1]}/root
  mkdir -p "$root/run/haproxy"
  cat "$root/var/lib/nodemesh/identities/"*.crt "$root/var/lib/nodemesh/identities/"*.key >"$root/run/haproxy/own.pem"
  cat "$scratch"/ca/root*.crt >"$root/run/haproxy/ca.pem"
  chown -R "$proxy_uid:$proxy_uid" "$root/run/haproxy"
  printf '%s' "$root"
}

# cpu PROGRAM: nanoseconds that its processes on both machines were on a processor so far. Their CPU clocks are read from outside
# (clock_getcpuclockid(3)): to the nanosecond, and with the threads that have ended.
cpu() {
  local node pids=()
  for node in node1 node2; do
    pids+=("$(pgrep --ns "${machine_pid[$node]}" --nslist pid -xo "$1")")
  done
  python3 -I -S -c 'import sys, time; print(sum(time.clock_gettime_ns((~int(pid) << 3) | 2) for pid in sys.argv[1:]))' "${pids[@]}"
}

# note_result PROXY SCENARIO CONNECTIONS NANOSECONDS REQUESTS TIME: a line: whose, microseconds per request, requests per second.
note_result() {
  [[ $5 -gt 100 ]] || die "$1, $2, $3 connections: hardly a request was answered"
  awk -v key="$2 $3 $1" -v cpu="$4" -v served="$5" -v time="$6" \
    'BEGIN { printf "%s %.3f %.0f\n", key, cpu / served / 1000, served / time * 1e9 }' >>"$scratch/results"
}

# measure_in_turns: warms both up, then measures them round by round.
measure_in_turns() {
  local scenario_name proxy round order count
  say "Warming up"
  for scenario_name in "${scenarios[@]}"; do
    for proxy in nodemesh haproxy; do
      for _ in 1 2 3; do
        measure $proxy "$scenario_name" 8
      done
    done
  done
  rm "$scratch/results"

  for ((round = 1; round <= rounds; round++)); do
    say "Round $round of $rounds"
    # Who begins alternates, so that neither always meets the other's caches.
    order='nodemesh haproxy'
    [[ $((round % 2)) -eq 1 ]] || order='haproxy nodemesh'
    for count in $connections; do
      for scenario_name in "${scenarios[@]}"; do
        for proxy in $order; do
          measure "$proxy" "$scenario_name" "$count"
        done
      done
    done
  done
}

# summary SCENARIO CONNECTIONS PROXY: median, lowest and highest microseconds, and the median's requests per second.
summary() {
  grep "^$1 $2 $3 " "$scratch/results" | sort -g -k 4 | awk '{ cpu[NR] = $4; rate[NR] = $5 }
    END { m = int((NR + 1) / 2); printf "%.2f %.2f %.2f %.0f\n", cpu[m], cpu[1], cpu[NR], rate[m] }'
}

# ratio SCENARIO CONNECTIONS: the median of what each round gave, since what else the machine does changes from round to round.
ratio() {
  grep "^$1 $2 " "$scratch/results" | awk '{ n[$3]++; cpu[$3, n[$3]] = $4 }
    END { for (i = 1; i <= n["haproxy"]; i++) print cpu["nodemesh", i] / cpu["haproxy", i] }' | sort -g |
    awk '{ r[NR] = $1 } END { printf "%.2f", r[int((NR + 1) / 2)] }'
}

# print_table: the median of each, and the ratio.
print_table() {
  local scenario_name count h hlow hhigh hrate n nlow nhigh nrate
  printf '\nCPU of the proxies per request, user and system, in microseconds: median of %d rounds (lowest-highest)\n' "$rounds"
  printf '%s; %s; %s, %d cores, load %s\n\n' "$(haproxy -v | sed -n '1s/ 20.*//p')" "$("$artifacts/bin/nodemeshctl" version | sed -n '1s/+.*//p')" \
    "$(uname -sr)" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
  printf '%-22s %5s   %-24s %-24s %6s   %s\n' '' conns HAProxy NodeMesh ratio 'requests/s (HAProxy, NodeMesh)'
  for scenario_name in "${scenarios[@]}"; do
    local -n scenario=$scenario_name
    for count in $connections; do
      read -r h hlow hhigh hrate < <(summary "$scenario_name" "$count" haproxy)
      read -r n nlow nhigh nrate < <(summary "$scenario_name" "$count" nodemesh)
      printf '%-22s %5d   %-24s %-24s %6.2f   %d, %d\n' "${scenario[title]}" "$count" "$h ($hlow-$hhigh)" "$n ($nlow-$nhigh)" \
        "$(ratio "$scenario_name" "$count")" "$hrate" "$nrate"
    done
  done
}
