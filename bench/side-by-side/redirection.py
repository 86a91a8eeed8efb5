"""The rules that send connections of node1's callers to a proxy: for all contenders those of nodemesh-iptables, of which the last one changes."""
import contextlib

CHAIN = "NODEMESH_OUTPUT"


class Redirection:
    def __init__(self, machine):
        self._machine = machine
        machine.run("nodemesh-iptables", "up", "--daemon-user", "nodemesh", "--family", "ipv4")
        rules = machine.run("iptables", "-t", "nat", "-S", CHAIN).splitlines()[1:]
        self._last = next(number for number, rule in enumerate(rules, 1) if rule.endswith("-j REDIRECT --to-ports 15001"))

    def to(self, port):
        """All new connections go to that port from now on; with None, to where they were meant for."""
        target = ["REDIRECT", "--to-ports", port] if port else ["RETURN"]
        self._machine.run("iptables", "-t", "nat", "-R", CHAIN, self._last, "-p", "tcp", "-j", *target)

    @contextlib.contextmanager
    def by_user(self, ports):
        """New connections of each user go to a port of its own, for as long as the block runs."""
        at = f"{CHAIN} {self._last}"
        self._restore(f"-I {at} -p tcp -m owner --uid-owner {user} -j REDIRECT --to-ports {port}" for user, port in ports.items())
        try:
            yield
        finally:
            self._restore(f"-D {at}" for _ in ports)

    def _restore(self, changes):
        self._machine.write("/run/tmp/rules", "\n".join(["*nat", *changes, "COMMIT", ""]))
        self._machine.run("iptables-restore", "--noflush", "/run/tmp/rules")
