"""What a proxy adds to a request's time, at a rate at which nothing waits."""
import dataclasses

import loads
from bench import Path
from contenders import Direct
from machines import ADDRESS
from report import P50, P99, P999, Column
from scenarios.scenario import Scenario, in_turns, started, warmed_up

PACE = 1000
ADDED = [Column("added_p50", "added p50 ms", 1e3, 3, spread=True, ratio="p50 ratio"), Column("added_p99", "added p99 ms", 1e3, 3, spread=True)]


@dataclasses.dataclass(frozen=True)
class Latency(Scenario):
    path: Path
    contenders: tuple
    seconds = (10, 60)

    def takes(self, quick):
        return 0 if quick and self.path.hops == 2 else super().takes(quick)

    def run(self, bench, applications):
        if not self.takes(bench.settings.quick):
            return []

        def measure(contender, seconds=bench.settings.paced):
            # Without a proxy nobody reaches the application of two hops, which is on loopback.
            path = dataclasses.replace(self.path, hops=1) if isinstance(contender, Direct) else self.path
            kind = {"tcp": "redis", "http": "http"}[path.protocol]
            return loads.Paced(bench, ADDRESS["node2"], path.port, kind, PACE, seconds).times()

        contenders = [kind() for kind in (Direct, *self.contenders)]
        with started(bench, contenders, self.path):
            warmed_up(bench, contenders, measure)
            samples = in_turns(bench, contenders, bench.settings.rounds, measure)
        for name, taken in samples.items():
            for sample, direct in zip(taken, samples[Direct.name]):
                if name != Direct.name:
                    sample["added_p50"], sample["added_p99"] = sample["p50"] - direct["p50"], sample["p99"] - direct["p99"]
        remarks = [f"at {PACE} requests/s", *(contender.remark(self.path) for contender in contenders)]
        return [self.section([P50, P99, P999, *ADDED], samples, remarks)]
