"""Messages on gRPC streams that stay open, each answered before the next."""
import dataclasses

import loads
from bench import Path
from report import CPU, P50, P99, P999, PSS, RATE, RSS, WAITED
from scenarios.scenario import Scenario, in_turns, started, warmed_up

# Messages per second where times are measured; client and server carry a few thousand.
PACE = 400


@dataclasses.dataclass(frozen=True)
class Streams(Scenario):
    path: Path
    contenders: tuple
    seconds = (18, 130)

    def run(self, bench, applications):
        def full_load(contender, seconds):
            load = loads.Stream(bench, self.path)
            rate, cpu = loads.window(load, contender, load.done, seconds)
            rss, pss = contender.memory()
            return {"per_second": rate, "cpu_ns": cpu, "rss": rss, "pss": pss}

        def measure(contender):
            seconds = bench.settings.paced
            return full_load(contender, bench.settings.window) | loads.timed(loads.Stream(bench, self.path, PACE, seconds), contender, PACE * seconds)

        contenders = [kind() for kind in self.contenders]
        with started(bench, contenders, self.path):
            warmed_up(bench, contenders, full_load)
            samples = in_turns(bench, contenders, bench.settings.rounds, measure)
        remarks = [f"each is a message and its answer; times at {PACE} messages/s", *(contender.remark(self.path) for contender in contenders)]
        return [self.section([RATE, CPU, P50, P99, P999, WAITED, RSS, PSS], samples, remarks)]
