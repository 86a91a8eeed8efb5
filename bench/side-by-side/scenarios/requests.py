"""Requests and answers of 100 bytes: the CPU of each under full load, and its time at a constant rate below that."""
import dataclasses

import loads
from bench import Path
from machines import ADDRESS
from report import CPU, P50, P99, P999, PSS, RATE, RSS, WAITED
from scenarios.scenario import Scenario, in_turns, started, warmed_up

# Requests per second where times are measured: so many, or this part of what the slowest contender carried when it was warmed up.
PACE, PART = 2000, 0.4


@dataclasses.dataclass(frozen=True)
class Requests(Scenario):
    path: Path
    contenders: tuple
    seconds = (18, 130)

    def run(self, bench, applications):
        contenders = [kind() for kind in self.contenders]
        with started(bench, contenders, self.path):
            warm = warmed_up(bench, contenders, lambda contender, seconds: self._full_load(bench, applications, contender, seconds))
            pace = min(PACE, round(PART * min(sample["per_second"] for sample in warm), -2))
            samples = in_turns(bench, contenders, bench.settings.rounds, lambda contender:
                               self._full_load(bench, applications, contender, bench.settings.window) | self._times(bench, contender, pace))
        remarks = [f"times at {pace:.0f} requests/s", *(contender.remark(self.path) for contender in contenders)]
        return [self.section([RATE, CPU, P50, P99, P999, WAITED, RSS, PSS], samples, remarks)]

    def _full_load(self, bench, applications, contender, seconds):
        rate, cpu = (self._tcp if self.path.protocol == "tcp" else self._http)(bench, applications, contender, seconds)
        rss, pss = contender.memory()
        return {"per_second": rate, "cpu_ns": cpu, "rss": rss, "pss": pss}

    def _tcp(self, bench, applications, contender, seconds):
        return loads.window(loads.Redis(bench, self.path), contender, lambda: applications.served_by_redis(self.path), seconds)

    def _http(self, bench, _, contender, seconds):
        # The whole load: opening its few connections is part of it.
        seconds = max(1, round(seconds))
        cpu, load = contender.cpu(), loads.H2load(bench, self.path, seconds)
        requests = load.end()
        return requests / seconds, (contender.cpu() - cpu) / requests

    def _times(self, bench, contender, pace):
        seconds = bench.settings.paced
        if self.path.protocol == "grpc":
            seconds = round(seconds + 1)
            load = loads.H2load(bench, self.path, seconds, pace)
        else:
            load = loads.Paced(bench, ADDRESS["node2"], self.path.port, {"tcp": "redis", "http": "http"}[self.path.protocol], pace, seconds)
        return loads.timed(load, contender, pace * seconds)
