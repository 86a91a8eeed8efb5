"""Many workloads on one machine: one NodeMesh daemon for all, beside one HAProxy for each, as sidecars are run."""
import contextlib
import dataclasses

import loads
from bench import Path
from contenders import NodeMesh
from contenders.per_workload import HAProxyPerWorkload
from machines import ADDRESS
from report import CPU, RSS, Column
from scenarios.scenario import Scenario, started, taking

# Requests per second, of all workloads together over as many connections as there may be workloads.
PACE, CONNECTIONS = 1000, 100
COLUMNS = [
    CPU,
    RSS,
    Column("pss", "PSS MiB", 1 << 20, ratio="PSS ratio"),
    Column("pss_added", "added PSS KiB a workload", 1 << 10),
]


@dataclasses.dataclass(frozen=True)
class Workloads(Scenario):
    path: Path
    counts: tuple
    seconds = (20, 150)

    def run(self, bench, applications):
        quick = bench.settings.quick
        sections = []
        for count in self.counts[:2 if quick else None]:
            samples = {NodeMesh.name: [], HAProxyPerWorkload.name: []}
            for _ in range(1 if quick else 3):
                for contender in NodeMesh(callers=count), HAProxyPerWorkload(count):
                    samples[contender.name].append(self._measure(bench, contender))
            section = self.section(COLUMNS, samples, [
                f"CPU and memory on the workloads' machine, at {PACE} requests/s over {CONNECTIONS} connections of all workloads together",
                "added memory: beside that of one workload"], f", {count} workload{'s' * (count > 1)}")
            for name in samples if sections else ():
                before = min(sections[0].values(name, "pss"))
                for sample in samples[name]:
                    sample["pss_added"] = (sample["pss"] - before) / (count - 1)
            sections.append(section)
        return sections

    def _measure(self, bench, contender):
        def here():
            return [process for process in contender.processes if process.machine is bench.node1]

        def paced(seconds):
            return loads.Paced(bench, ADDRESS["node2"], self.path.port, "redis", PACE, seconds, CONNECTIONS, users=len(users)).times()

        with contextlib.ExitStack() as stack:
            stack.enter_context(started(bench, [contender], self.path))
            stack.enter_context(taking(bench, contender))
            users = getattr(contender, "ports", None) or range(contender.callers)
            if isinstance(contender, HAProxyPerWorkload):
                stack.enter_context(bench.redirection.by_user(contender.ports))
            paced(bench.settings.warm * contender.warm_up)
            cpu, seconds = sum(process.cpu() for process in here()), max(1, bench.settings.paced)
            paced(seconds)
            cpu = sum(process.cpu() for process in here()) - cpu
            rss, pss = (sum(values) for values in zip(*(process.memory() for process in here())))
        # Each connection is used once before the time begins.
        return {"cpu_ns": cpu / (PACE * seconds + CONNECTIONS), "rss": rss, "pss": pss}
