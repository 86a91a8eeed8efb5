"""As many bytes as go through four connections."""
import dataclasses

import loads
from bench import Path
from report import PSS, RSS, Column
from scenarios.scenario import Scenario, in_turns, started

MEBIBYTES = Column("per_second", "MB/s", 1e6, 0)
# Nanoseconds for a byte are seconds for a gigabyte.
CPU_PER_GIGABYTE = Column("cpu_ns", "CPU s/GB", 1, 3, spread=True, ratio=True)


@dataclasses.dataclass(frozen=True)
class Bulk(Scenario):
    path: Path
    contenders: tuple

    def run(self, bench, applications):
        def measure(contender):
            load = loads.Bulk(bench, self.path, bench.settings.window + 1.5)
            rate, cpu = loads.window(load, contender, load.done, bench.settings.window)
            load.end()
            rss, pss = contender.memory()
            return {"per_second": rate, "cpu_ns": cpu, "rss": rss, "pss": pss}

        contenders = [kind() for kind in self.contenders]
        with started(bench, contenders, self.path):
            in_turns(bench, contenders, 1, measure)
            samples = in_turns(bench, contenders, bench.settings.rounds, measure)
        return self.section([MEBIBYTES, CPU_PER_GIGABYTE, RSS, PSS], samples, [contender.remark(self.path) for contender in contenders])
