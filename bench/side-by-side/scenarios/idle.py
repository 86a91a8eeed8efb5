"""Connections on which nothing moves: the memory that each costs."""
import dataclasses
import time

import loads
from bench import Path
from report import Column
from scenarios.scenario import Scenario, started, taking

COLUMNS = [
    Column("rss_each", "RSS KiB each", 1 << 10, spread=True, ratio="RSS ratio"),
    Column("pss_each", "PSS KiB each", 1 << 10),
    Column("rss", "before: RSS MiB", 1 << 20),
    Column("pss", "PSS MiB", 1 << 20),
]


@dataclasses.dataclass(frozen=True)
class Idle(Scenario):
    path: Path
    contenders: tuple
    counts: tuple
    seconds = (11, 170)

    def run(self, bench, applications):
        quick = bench.settings.quick
        return [self._of(bench, count, 1 if quick else 2, 1 if quick else 3) for count in self.counts[:1 if quick else None]]

    def _of(self, bench, count, rounds, rest):
        def measure(contender):
            # What all connections share is made before: links, pools, compiled code.
            loads.Idle(bench, self.path, 50).end()
            before = contender.memory()
            load = loads.Idle(bench, self.path, count)
            time.sleep(rest)
            rss, pss = ((after - start) / count for after, start in zip(contender.memory(), before))
            contender.check_idle()
            load.end()
            return {"rss_each": rss, "pss_each": pss, "rss": before[0], "pss": before[1]}

        able = [kind for kind in self.contenders if count <= kind.most_connections]
        samples = {kind.name: [] for kind in able}
        for _ in range(rounds):
            for kind in able:
                # Anew each time: memory that was used once is not given back.
                contender = kind()
                with started(bench, [contender], self.path), taking(bench, contender):
                    samples[contender.name].append(measure(contender))
        remarks = [f"of all its processes on {'one machine' if self.path.hops == 1 else 'both machines together'}",
                   *(kind.remark(self.path) for kind in able),
                   *(f"{kind.name} is left out: {kind.why_not_more}" for kind in self.contenders if kind not in able)]
        return self.section(COLUMNS, samples, remarks, f", {count:,}")
