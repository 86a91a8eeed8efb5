"""What the callers talk to on node2. All run the whole time; those that nobody asks cost nothing."""
from machines import LOAD_CORE, SERVER, Failure

# For two hops; for one hop the same at the next port (see Path).
REDIS, HTTP, GRPC, BULK, STREAM, IDLE = 6379, 8000, 8010, 9000, 9010, 9020

# Besides, at node2's address, for what moves from one to the other.
OTHER = 8003

GREETING = "x" * 98 + "!\n"

NGINX = """daemon off; pid /run/tmp/nginx-application.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 20000; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path /run/tmp/a1; proxy_temp_path /run/tmp/a2; fastcgi_temp_path /run/tmp/a3; uwsgi_temp_path /run/tmp/a4; scgi_temp_path /run/tmp/a5;
  server {{ listen 127.0.0.1:{port}; listen {address}:{plain}; location / {{ return 200 "{text}"; }} }}
  server {{ listen {address}:{other}; location / {{ return 200 "{other_text}"; }} }}
}}
"""


class Applications:
    def __init__(self, bench):
        self._node = node = bench.node2
        node.write("/run/peer/application.conf", NGINX.format(
            port=HTTP, plain=HTTP + 1, other=OTHER, address=node.address, text=GREETING, other_text=GREETING.replace("x", "y")), SERVER)
        nginx = node.begin("nginx-application", SERVER, LOAD_CORE, "nginx", "-c", "/run/peer/application.conf")
        for more, address in ((0, "127.0.0.1"), (1, node.address)):
            self._begin(address, REDIS + more, "redis-server", "--bind", address, "--port", REDIS + more, "--save", "", "--dir", "/run/tmp",
                        "--protected-mode", "no")
            self._redis(address, REDIS + more, "set", "greeting", GREETING)
            # A gRPC server to the wire: it answers a message with itself, and the call with the trailer grpc-status.
            self._begin(address, GRPC + more, "nghttpd", "--no-tls", "--echo-upload", "--trailer=grpc-status: 0", "--max-concurrent-streams=1024",
                        f"--address={address}", GRPC + more)
            for name, port in (("bulk_server", BULK), ("grpc_server", STREAM), ("idle_server", IDLE)):
                self._begin(address, port + more, "python3", f"/run/peers/{name}.py", address, port + more)
            node.listens(address, HTTP + more, nginx)

    def _begin(self, address, port, *command):
        process = self._node.begin(f"application-{port}", SERVER, LOAD_CORE, *command)
        self._node.listens(address, port, process)

    def _redis(self, address, port, *command):
        return self._node.run("redis-cli", "-h", address, "-p", port, *command)

    def served_by_redis(self, path):
        """Requests so far."""
        stats = dict(line.split(":") for line in self._redis(*path.listener, "info", "stats").split() if ":" in line)
        if int(stats["keyspace_misses"]):
            raise Failure("redis was asked for what it does not have")
        return int(stats["keyspace_hits"])
