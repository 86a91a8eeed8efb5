"""Many services: the memory they cost, and how soon a change is in force, with what it does to requests that run meanwhile."""
import dataclasses
import time

import applications as known
import loads
from bench import Path
from contenders.services import PORT, VIP, HAProxyServices, NginxServices, NodeMeshServices
from report import RSS, Column
from scenarios.scenario import Scenario, started, taking

# Requests per second, and the seconds that a change may take.
PACE, LONGEST = 1000, 60
COLUMNS = [
    Column("change", "change to request, ms", 1e3, spread=True, ratio="change ratio"),
    Column("p99", "p99 ms at rest", 1e3, 2),
    Column("p99_change", "p99 ms with change", 1e3, 2),
    Column("slower", "of that at rest", 1, 2, spread=True),
    Column("ended", "connections ended", 1, 0),
    RSS,
    Column("pss", "PSS MiB", 1 << 20, ratio="PSS ratio"),
]


@dataclasses.dataclass(frozen=True)
class Configuration(Scenario):
    path: Path
    counts: tuple
    seconds = (22, 280)

    def run(self, bench, applications):
        quick = bench.settings.quick
        bench.node1.run("ip", "route", "replace", f"{VIP}/32", "dev", "eth0")
        sections = []
        for count in self.counts[:2 if quick else None]:
            samples = {}
            for kind in NodeMeshServices, HAProxyServices, NginxServices:
                contender = kind(count, known.HTTP + 1)
                with started(bench, [contender], self.path), taking(bench, contender):
                    self._paced(bench, bench.settings.warm * contender.warm_up).times()
                    samples[contender.name] = [self._measure(bench, contender, (known.OTHER, known.HTTP + 1)[number % 2])
                                               for number in range(1 if quick else 3)]
            sections.append(self.section(COLUMNS, samples, [
                f"from the changed file to the first request over a new connection that goes to the new back end, while {PACE} requests/s run",
                "HAProxy and nginx start another worker, and end the connections of the one before"], f", {count:,} services"))
        return sections

    @staticmethod
    def _paced(bench, seconds):
        return loads.Paced(bench, VIP, PORT, "http", PACE, seconds)

    def _measure(self, bench, contender, port):
        rss, pss = contender.memory()
        rest = self._paced(bench, bench.settings.paced).times()
        running, probe = self._paced(bench, LONGEST), loads.Probe(bench, VIP, PORT, LONGEST)
        begin = time.monotonic()
        contender.point_to(bench, port)
        changed = probe.end()
        time.sleep(bench.settings.paced / 2)
        running.enough()
        running = running.times()
        return {"change": (changed - begin) * 1e6, "p99": rest["p99"], "p99_change": running["p99"], "slower": running["p99"] / rest["p99"],
                "ended": running["ended"], "rss": rss, "pss": pss}
