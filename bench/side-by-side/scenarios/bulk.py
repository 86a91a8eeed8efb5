"""As many bytes as go through four connections."""
import dataclasses

import loads
from bench import Path
from report import PSS, RSS, Column
from scenarios.scenario import Scenario, in_turns, started, warmed_up

MEGABYTES = Column("per_second", "MB/s", 1e6, 0)
# Nanoseconds for a byte are seconds for a gigabyte.
CPU_PER_GIGABYTE = Column("cpu_ns", "CPU s/GB", 1, 3, spread=True, ratio="CPU ratio")


@dataclasses.dataclass(frozen=True)
class Bulk(Scenario):
    path: Path
    contenders: tuple
    seconds = (7, 45)

    def run(self, bench, applications):
        def measure(contender, seconds=bench.settings.window):
            load = loads.Bulk(bench, self.path)
            rate, cpu = loads.window(load, contender, load.done, seconds)
            rss, pss = contender.memory()
            return {"per_second": rate, "cpu_ns": cpu, "rss": rss, "pss": pss}

        contenders = [kind() for kind in self.contenders]
        with started(bench, contenders, self.path):
            warmed_up(bench, contenders, measure)
            samples = in_turns(bench, contenders, bench.settings.rounds, measure)
        remarks = [contender.remark(self.path) for contender in contenders]
        return [self.section([MEGABYTES, CPU_PER_GIGABYTE, RSS, PSS], samples, remarks)]
