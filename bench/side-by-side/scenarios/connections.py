"""A new connection for each request: what opening and closing costs, with a full TLS handshake between the hops or a resumed session."""
import dataclasses

import loads
from bench import Path
from report import CPU, RATE
from scenarios.scenario import Scenario, in_turns, started, warmed_up


@dataclasses.dataclass(frozen=True)
class Connections(Scenario):
    path: Path
    contenders: tuple
    seconds = (9, 60)

    def run(self, bench, applications):
        def measure(contender, seconds=bench.settings.window):
            load = loads.Redis(bench, self.path, keep=False)
            rate, cpu = loads.window(load, contender, lambda: applications.served_by_redis(self.path), seconds)
            return {"per_second": rate, "cpu_ns": cpu}

        contenders = [kind() for kind in self.contenders]
        with started(bench, contenders, self.path):
            warmed_up(bench, contenders, measure)
            samples = in_turns(bench, contenders, bench.settings.rounds, measure)
        return [self.section([RATE, CPU], samples, [
            "NodeMesh makes no handshake for a connection: those of one pair of workloads share a link",
            *(contender.remark(self.path) for contender in contenders)])]
