#!/usr/bin/env bash
# Everything that is checked, from a fresh Debian 12 on: packages, build without a warning, format, shell scripts, programs,
# unit tests, end-to-end tests, the benchmark's run, packages. The last line says how many tests passed and failed; a step that fails counts as one.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test.sh [--unit] [--e2e] [--packages] [--filter EXPRESSION]

  --unit               the unit tests only
  --e2e                the end-to-end tests only
  --packages           the packages only: made twice, linted, installed on machines that boot
  --filter EXPRESSION  only tests that match, as 'dotnet test --filter' takes it; skips the checks of format and scripts
HELP
}

unit=no e2e=no packages=no filter=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --unit) unit=yes ;;
    --e2e) e2e=yes ;;
    --packages) packages=yes ;;
    --filter) filter=${2-} && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $1" ;;
  esac
  shift
done
[[ $unit$e2e$packages != nonono ]] || unit=yes e2e=yes packages=yes
# Tests are chosen by name: no packages.
[[ -z $filter ]] || packages=no

require_root scripts/test.sh
cd "$repository"
results=$artifacts/test-results
passed=0 failed=0 skipped=0
# build.sh, as a step, has a group of its own to end, and the boot test machines to power off.
grace=300

total() {
  local line="$passed passed, $failed failed"
  [[ $skipped -eq 0 ]] || line+=", $skipped skipped"
  printf '%s\n' "$line"
}
trap end_all EXIT
trap 'warn interrupted; exit 130' INT
trap 'exit 143' TERM HUP

install_packages test
require_sdk
scratch test
rm -rf "$results"
mkdir -p "$results"

# step WORDS SECONDS COMMAND...: a check that counts only when it fails.
step() {
  local words=$1 began=$SECONDS
  shift
  if run_group "$@" >"$results/step.log" 2>&1; then
    printf '%-34s ok, %d s\n' "$words" $((SECONDS - began))
    return 0
  fi
  cat "$results/step.log"
  printf '%-34s %sFAILED%s\n' "$words" "$red" "$plain"
  failed=$((failed + 1))
  return 1
}

shell_scripts() {
  find scripts .ci packaging tests bench src -type f -not -path '*/bin/*' -not -path '*/obj/*' 2>/dev/null |
    while read -r file; do
      if [[ $file == *.sh ]] || head -c 64 "$file" | grep -qaE '^#!.*[/ ](ba)?sh( |$)'; then
        printf '%s\n' "$file"
      fi
    done
}

# Debug for its assertions, optimized because async methods allocate otherwise and the allocation budgets count that.
build=(-c Debug -p:Optimize=true)
step 'build without warnings' 900 dotnet build NodeMesh.sln -v quiet -warnaserror "${build[@]}" || {
  total
  exit 1
}
if [[ -z $filter ]]; then
  step 'format' 600 dotnet format NodeMesh.sln --verify-no-changes --no-restore || true
  mapfile -t scripts < <(shell_scripts)
  step "shellcheck, ${#scripts[@]} scripts" 120 shellcheck -x "${scripts[@]}" || true
fi
if [[ $e2e == yes || $packages == yes ]]; then
  step 'programs' 1200 scripts/build.sh || {
    total
    exit 1
  }
fi

declare -A began=()

# begin_tests PROJECT: in the background.
begin_tests() {
  began[$1]=$SECONDS
  local arguments=(--no-build "${build[@]}" --logger "trx;LogFileName=$1.trx" --results-directory "$results")
  [[ -z $filter ]] || arguments+=(--filter "$filter")
  start_group 1200 dotnet test "tests/$1" "${arguments[@]}" >"$results/$1.log" 2>&1
}

counter() { sed -n "s/.*<Counters .*\b$1=\"\([0-9]*\)\".*/\1/p" "$2"; }

# end_tests PROJECT GROUP
end_tests() {
  local status=0 trx=$results/$1.trx good=0 bad=0 left=0
  wait_group "$2" || status=$?
  if [[ -s $trx ]]; then
    good=$(counter passed "$trx")
    bad=$(counter failed "$trx")
    left=$(($(counter total "$trx") - $(counter executed "$trx")))
  fi
  # The test host died, hung or never began: that is a failure whatever was counted.
  [[ $status -eq 0 || $bad -gt 0 ]] || bad=1
  [[ $status -eq 0 ]] || cat "$results/$1.log"
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  printf '%-34s %d passed, %d failed, %d skipped, %d s\n' "$1" "$good" "$bad" "$left" $((SECONDS - began[$1]))
}

run_alone() {
  begin_tests "$1"
  end_tests "$1" "$group"
}

# counted WORDS SECONDS COMMAND...: tests whose last line says how many passed and failed.
counted() {
  local words=$1 start=$SECONDS log=$results/${1// /-}.log status=0 good bad
  shift
  run_group "$@" >"$log" 2>&1 || status=$?
  good=$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log")
  bad=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log")
  [[ $status -eq 0 || ${bad:-0} -gt 0 ]] || bad=1
  [[ $status -eq 0 ]] || cat "$log"
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
  printf '%-34s %d passed, %d failed, %d s\n' "$words" "${good:-0}" "${bad:-0}" $((SECONDS - start))
}

# Two at a time; the transport's by themselves, since they measure.
if [[ $unit == yes ]]; then
  previous='' previous_group=''
  for project in tests/*/*.Tests.csproj; do
    project=$(basename "$project" .csproj)
    [[ $project != NodeMesh.EndToEnd.Tests && $project != NodeMesh.Transport.Tests ]] || continue
    begin_tests "$project"
    [[ -z $previous ]] || end_tests "$previous" "$previous_group"
    previous=$project previous_group=$group
  done
  end_tests "$previous" "$previous_group"
  run_alone NodeMesh.Transport.Tests
  # What a relayed message may allocate: nothing, and an idle connection holds no buffer.
  [[ -n $filter ]] || counted 'allocation budgets' 120 dotnet bench/NodeMesh.Microbench/bin/Debug/net10.0/NodeMesh.Microbench.dll --allocations bench/NodeMesh.Microbench/allocations.txt
fi
[[ $e2e == no ]] || run_alone NodeMesh.EndToEnd.Tests
# That the benchmark beside other proxies still runs; what it says of so short a time means nothing.
[[ $e2e == no || -n $filter ]] ||
  step 'side by side' 300 bench/side-by-side/run.sh --quick --only idle-one-hop --only latency-http1 --programs "$artifacts/bin" --json "$results/side-by-side.json" || true
if [[ $packages == yes ]]; then
  counted 'packages' 900 packaging/test.sh
  counted 'machines that boot' 1500 scripts/boot-test.sh
  # Each step, for whoever looks at the log.
  cat "$results/machines-that-boot.log"
fi

say "Results are in $results, $((SECONDS / 60)) min $((SECONDS % 60)) s"
total
[[ $failed -eq 0 ]]
