"""redsocks on node1, which hands redirected connections to a SOCKS server (microsocks on node2)."""
from contenders.contender import Contender
from machines import ADDRESS, LOAD_CORE, SERVER

SOCKS_PORT = 1080
CONFIGURATION = """base {{
  log_debug = off; log_info = on; log = "file:/run/tmp/redsocks-access.log"; daemon = off; redirector = iptables; redsocks_conn_max = 9900;
  rlimit_nofile = 20000;
}}
redsocks {{ local_ip = 127.0.0.1; local_port = {port}; ip = {address}; port = {socks}; type = socks5; listenq = 1024; }}
"""


class Redsocks(Contender):
    name, port = "redsocks", 16004
    most_connections = 4_000
    why_not_more = "the SOCKS server behind it has a thread for each connection"

    def __init__(self):
        super().__init__()
        self._socks = None

    def start(self, bench, path):
        # Not a proxy under test: it stands with the applications and is not counted.
        self._socks = bench.node2.begin("microsocks", SERVER, LOAD_CORE, "microsocks", "-i", bench.node2.address, "-p", SOCKS_PORT)
        bench.node2.listens(bench.node2.address, SOCKS_PORT, self._socks)
        bench.node1.write("/run/peer/redsocks.conf", CONFIGURATION.format(port=self.port, address=ADDRESS["node2"], socks=SOCKS_PORT))
        self.listens(self.run(bench.node1, "redsocks", "-c", "/run/peer/redsocks.conf"))

    @staticmethod
    def remark(path):
        return "redsocks can dial nothing itself: it hands over to a SOCKS server on node2, whose CPU is not counted but whose delay is"

    def stop(self):
        super().stop()
        if self._socks:
            self._socks.stop()
