"""What all scenarios have in common."""
import contextlib
import dataclasses

from machines import Failure
from report import Section


@contextlib.contextmanager
def started(bench, contenders, path):
    """All of them run at once, for as long as the block runs; those that nobody asks cost nothing."""
    with contextlib.ExitStack() as stack:
        for contender in contenders:
            stack.callback(contender.stop)
            contender.start(bench, path)
        yield
    bench.forget_logs()


@contextlib.contextmanager
def taking(bench, contender):
    """That contender takes the connections; what fails meanwhile is said with its name and with its last words."""
    bench.redirection.to(contender.port)
    try:
        yield
    except Failure as failure:
        raise Failure("\n".join([f"{contender.name}: {failure}", *(process.tail() for process in contender.processes)])) from failure


def warmed_up(bench, contenders, load):
    """What load(contender, seconds) returns of each. In several loads: what runs once for a connection would stay cold in one of few connections."""
    found = []
    for contender in contenders:
        with taking(bench, contender):
            for _ in range(bench.settings.warm_loads):
                last = load(contender, bench.settings.warm * contender.warm_up / bench.settings.warm_loads)
            found.append(last)
    return found


def in_turns(bench, contenders, rounds, measure):
    """Samples of each contender, round by round; fewer on a machine that is too slow for all. Who begins changes, so that none always meets another's
    caches."""
    samples = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        if number > 0 and bench.late():
            break
        shift = number % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            with taking(bench, contender):
                samples[contender.name].append(measure(contender))
    return samples


@dataclasses.dataclass(frozen=True)
class Scenario:
    letter: str
    name: str
    title: str

    # Seconds that it takes on a machine that has nothing else to do: when quick, and in full.
    seconds = (0, 0)

    def takes(self, quick):
        return self.seconds[0 if quick else 1]

    def share(self, following, left, quick):
        """Its part of the time that is left for it and those that follow, itself among them."""
        own = self.takes(quick)
        return left * own / sum(scenario.takes(quick) for scenario in following) if own else 0

    def run(self, bench, applications):
        """Measures everything; returns a Section, or one for each size."""
        raise NotImplementedError

    def section(self, columns, samples, remarks=(), size=""):
        return Section(self.letter, self.name, self.title + size, columns, samples, list(dict.fromkeys(filter(None, remarks))))
