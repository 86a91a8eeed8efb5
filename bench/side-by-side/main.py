"""Runs the scenarios and prints what they found. Started by run.sh, which has the options' meaning."""
import argparse
import math
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time

import report
from applications import Applications
from bench import Bench, Settings
from machines import Failure, two_machines
from scenarios import SCENARIOS

QUICK = Settings(rounds=2, window=0.5, paced=0.5, warm=1.2, warm_loads=1, budget=175, quick=True)
FULL = Settings(rounds=5, window=1.5, paced=2, warm=8, warm_loads=10, budget=2200, quick=False)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    known = {scenario.letter for scenario in SCENARIOS} | {scenario.name for scenario in SCENARIOS}
    for name in given.only or []:
        if name not in known:
            parser.error(f"--only: there is no scenario '{name}'; --list shows them")
    if given.json and (given.json.is_dir() or not given.json.parent.is_dir()):
        parser.error(f"--json: {given.json} is no file in a directory that is there")
    return given


def version(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return re.search(r"\d+(\.\d+)+(\+\w{7})?", done.stdout + done.stderr).group()


def host(programs):
    """What was measured, and where."""
    processor = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "contenders": {"NodeMesh": version(programs / "nodemeshctl", "version"), "HAProxy": version("haproxy", "-v"), "nginx": version("nginx", "-v"),
                       "nghttpx": version("nghttpx", "--version"), "redsocks": version("redsocks", "-v")},
        "kernel": platform.release(), "processor": processor.group(1) if processor else platform.machine(), "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def print_head(about):
    print("\n" + ", ".join(f"{name} {number}" for name, number in about["contenders"].items()))
    print(f"Linux {about['kernel']}, {about['processor']}, {about['cores']} cores, load before {about['load_before']:.1f}")
    print("Proxies: one thread or loop each, pinned to one core, callers and applications to another. CPU: user and system, of all the proxy's processes")
    print("on both machines. Times: at a constant rate. Medians of the rounds (lowest-highest); a ratio compares with the best peer within each round,")
    print("and below 1 is better than it. All: TLS 1.3, TLS_AES_128_GCM_SHA256, P-256, verified on both sides, and an access log line for each connection")
    print("or request, written to memory. NodeMesh finds the service by the original destination; HAProxy, nginx and nghttpx know one destination each.")


def end(number, _):
    raise SystemExit(128 + number)


def main():
    given = arguments()
    if given.list:
        for scenario in SCENARIOS:
            print(f"{scenario.letter}  {scenario.name:22} {scenario.title}")
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)

    chosen = [scenario for scenario in SCENARIOS if not given.only or scenario.letter in given.only or scenario.name in given.only]
    repository, sections, failure, begin = pathlib.Path(__file__).resolve().parents[2], [], None, time.monotonic()
    about = host(given.programs)
    with tempfile.TemporaryDirectory(prefix="nodemesh-side-by-side.") as scratch, two_machines(repository, given.programs) as machines:
        bench = Bench(machines, given.programs, pathlib.Path(scratch), QUICK if given.quick else FULL)
        applications = Applications(bench)
        budget = bench.settings.budget if len(chosen) == len(SCENARIOS) else math.inf
        for number, scenario in enumerate(chosen):
            bench.deadline = time.monotonic() + scenario.share(chosen[number:], budget - (time.monotonic() - begin), given.quick)
            print(f"==> {scenario.title} ({time.monotonic() - begin:.0f} s)", flush=True)
            try:
                found = scenario.run(bench, applications)
                if not found:
                    print("    is left out with --quick")
                sections.extend(found)
            except Failure as reason:
                # What was measured before is not lost for it.
                failure = f"{scenario.title}: {reason}"
                break
    print_head(about)
    report.print_sections(sections)
    print(f"\n{time.monotonic() - begin:.0f} s")
    if given.json:
        report.write_json(given.json, about, sections, failure)
    if failure:
        sys.exit(f"error: {failure}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"error: {failure}")
