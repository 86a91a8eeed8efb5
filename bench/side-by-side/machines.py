"""Two machines of namespaces with one cable between them, node1 and node2, and processes on them.

They end with this process, however it ends: each is held by a pipe whose other end closes then, and the kernel ends what is left in it.
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import time

ADDRESS = {"node1": "10.79.0.1", "node2": "10.79.0.2"}

# The proxies run as one user, whose connections are not captured; the applications as others. The callers count up from CALLER.
PROXY, SERVER, CALLER, CALLERS = 64100, 64002, 64201, 100

# Proxies on one core, applications and load on another, where there are two: so that neither's caches and interrupts are charged to the other.
PROXY_CORE = 0
LOAD_CORE = 1 if os.cpu_count() > 1 else 0


class Failure(Exception):
    """What the user reads: the benchmark cannot go on, or a measurement is not to be trusted."""


def eventually(seconds, condition, what):
    """Waits until it is true."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Failure(what() if callable(what) else what)
        time.sleep(0.05)


class Process:
    """A program in the background on a machine, with what it starts."""

    def __init__(self, machine, name, popen):
        self.machine, self.name, self._popen = machine, name, popen

    @property
    def log(self):
        return self.machine.path(f"/run/tmp/{self.name}.log")

    @property
    def stdin(self):
        return self._popen.stdin

    def pids(self):
        """All of its processes that live. The first of the tree only entered the namespaces."""
        found, waiting = [], [self._popen.pid]
        while waiting:
            pid = waiting.pop()
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    waiting += pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
            except FileNotFoundError:
                continue
            if pid != self._popen.pid:
                found.append(int(pid))
        return found

    def cpu(self):
        """Nanoseconds on a processor so far, user and system, to the nanosecond and with threads that have ended (clock_getcpuclockid(3))."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                total += time.clock_gettime_ns((~pid << 3) | 2)
        return total

    def waited(self, threads):
        """Nanoseconds that those of its threads that live, and whose names begin so, were ready to run and had no processor
        (/proc/PID/task/TID/schedstat)."""
        total = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if (task / "comm").read_text().startswith(threads):
                        total += int((task / "schedstat").read_text().split()[1])
        return total

    def memory(self):
        """Resident, and its share of it where pages are shared, in bytes."""
        rss = pss = 0
        for pid in self.pids():
            # A worker from before a reload may have ended since.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Rss:"):
                        rss += int(line.split()[1]) * 1024
                    elif line.startswith("Pss:"):
                        pss += int(line.split()[1]) * 1024
        return rss, pss

    def running(self):
        return self._popen.poll() is None

    def signal(self, number):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def signal_first(self, number):
        """The one that was started, of those that it started itself."""
        os.kill(self.pids()[0], number)

    def wait(self, seconds):
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} on {self.machine.name} did not end within {seconds} s: {self.tail()}") from None

    def stop(self):
        with contextlib.suppress(Failure):
            self.signal(signal.SIGTERM)
            self.wait(5)
            return
        self.signal(signal.SIGKILL)
        self.wait(5)

    def output(self):
        return self.log.read_text(errors="replace")

    def tail(self):
        return "\n".join(self.output().splitlines()[-5:])


class Machine:
    """A set of namespaces: network, mounts, processes, users' names."""

    def __init__(self, name, repository, programs):
        self.name, self.address = name, ADDRESS[name]
        harness = repository / "tests/NodeMesh.EndToEnd.Tests/Harness/machine.sh"
        peers = repository / "bench/side-by-side/peers"
        namespaces = "--net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private".split()
        self._holder = subprocess.Popen(
            ["unshare", *namespaces, "bash", harness, name, peers, repository / "scripts", programs],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        if self._holder.stdout.readline() != b"ready\n":
            raise Failure(f"namespaces for {name}: {self._holder.stderr.read().decode()}")
        holder = self._holder.pid
        self.pid = int(pathlib.Path(f"/proc/{holder}/task/{holder}/children").read_text())
        users = {"nodemesh": PROXY, "server": SERVER} | {f"caller{i}": CALLER + i for i in range(CALLERS)}
        with self.path("/etc/passwd").open("a") as passwd, self.path("/etc/group").open("a") as group:
            for user, number in users.items():
                passwd.write(f"{user}:x:{number}:{number}::/run/tmp:/bin/sh\n")
                group.write(f"{user}:x:{number}:\n")
        os.chown(self.path("/run/nodemesh"), PROXY, PROXY)
        # Ends of short connections do not run out of ports.
        self.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse; echo 17000 65000 >/proc/sys/net/ipv4/ip_local_port_range")

    def path(self, inside):
        """A file of the machine as seen from outside."""
        return pathlib.Path(f"/proc/{self.pid}/root{inside}")

    def write(self, inside, text, owner=PROXY):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.chown(path, owner, owner)

    def _enter(self, command):
        spaces = [f"--{kind}=/proc/{self.pid}/ns/{file}" for kind, file in
                  (("net", "net"), ("mount", "mnt"), ("uts", "uts"), ("ipc", "ipc"), ("pid", "pid"))]
        return ["nsenter", *spaces, f"--root=/proc/{self.pid}/root", "--wd=/", "--", "env",
                "PATH=/run/programs:/run/scripts:/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR=/run/tmp", "HOME=/run/tmp",
                *map(str, command)]

    def run(self, *command, check=True):
        """To its end; returns what it wrote."""
        done = subprocess.run(self._enter(["timeout", "60", *command]), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(map(str, command))} on {self.name}: {done.stderr.strip() or done.stdout.strip() or done.returncode}")
        return done.stdout

    def begin(self, name, user, core, *command, stdin=subprocess.DEVNULL):
        """In the background, as that user on that core; output in /run/tmp/NAME.log of the machine."""
        capabilities = "+net_admin,+net_raw,+dac_read_search" if user == PROXY else "-all"
        run_as = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps", capabilities, "--ambient-caps", capabilities]
        with self.path(f"/run/tmp/{name}.log").open("wb") as log:
            popen = subprocess.Popen(self._enter(["taskset", "-c", core, *run_as, *command]), stdin=stdin, stdout=log, stderr=log,
                                     start_new_session=True, text=True, bufsize=1)
        return Process(self, name, popen)

    def listens(self, address, port, process):
        """Waits until a connection to it is accepted."""
        def accepted():
            if not process.running():
                raise Failure(f"{process.name} on {self.name} ended: {process.tail()}")
            return self.run("bash", "-c", f"exec 3<>/dev/tcp/{address}/{port} && echo yes", check=False) == "yes\n"

        eventually(20, accepted, lambda: f"{process.name}: nothing listens at {address}:{port} of {self.name}: {process.tail()}")

    def close(self):
        self._holder.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._holder.wait(5)
            return
        self._holder.kill()
        self._holder.wait()


@contextlib.contextmanager
def two_machines(repository, programs):
    """node1 and node2, for as long as the block runs."""
    with contextlib.ExitStack() as stack:
        machines = {}
        for name in ADDRESS:
            machines[name] = Machine(name, repository, programs)
            stack.callback(machines[name].close)
        one, two = machines.values()
        subprocess.run(["nsenter", f"--net=/proc/{one.pid}/ns/net", "ip", "link", "add", "eth0", "type", "veth",
                        "peer", "name", "eth0", "netns", str(two.pid)], check=True)
        for machine in machines.values():
            machine.run("sh", "-c", f"ip addr add {machine.address}/24 dev eth0 && ip link set eth0 up")
        yield machines
