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


def in_turns(bench, contenders, rounds, measure):
    """Samples of each contender, round by round. Who begins changes, so that none always meets another's caches."""
    samples = {contender.name: [] for contender in contenders}
    for number in range(rounds):
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

    def run(self, bench, applications):
        """Measures everything; returns its Section."""
        raise NotImplementedError

    def section(self, columns, samples, remarks=()):
        return Section(self.letter, self.name, self.title, columns, samples, list(dict.fromkeys(filter(None, remarks))))
