"""nginx with one worker, on both machines for two hops."""
from contenders.contender import Contender
from machines import ADDRESS

FRAME = """load_module modules/ngx_stream_module.so;
daemon off;
pid /run/tmp/nginx-proxy.pid;
error_log stderr;
worker_processes 1;
worker_rlimit_nofile 20000;
events {{ worker_connections 20000; }}
{context} {{
  access_log /run/tmp/nginx-access.log {log} buffer=64k flush=10ms;
  {body}
}}
"""
STREAM_LOG = "log_format line '$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $session_time';"
HTTP = """client_body_temp_path /run/tmp/p1; proxy_temp_path /run/tmp/p2; fastcgi_temp_path /run/tmp/p3; uwsgi_temp_path /run/tmp/p4;
  scgi_temp_path /run/tmp/p5;
  keepalive_requests 1000000000; keepalive_timeout 1h; client_header_timeout 1h; http2_max_concurrent_streams 1024;
  upstream next {{ server {next}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 1h; }}"""
IDENTIFICATION = "{d}_set_header X-Forwarded-For $proxy_add_x_forwarded_for; {d}_set_header X-Request-Id $request_id;"
SERVER_TLS = """ssl_certificate /run/peer/peer.crt; ssl_certificate_key /run/peer/peer.key; ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_verify_client on; ssl_client_certificate /run/peer/ca.crt; ssl_verify_depth 3;
    ssl_session_cache shared:peers:1m; ssl_session_tickets on;"""
CLIENT_TLS = """{d}_ssl_certificate /run/peer/peer.crt; {d}_ssl_certificate_key /run/peer/peer.key; {d}_ssl_protocols TLSv1.3;
    {d}_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; {d}_ssl_verify on; {d}_ssl_trusted_certificate /run/peer/ca.crt; {d}_ssl_verify_depth 3;
    {d}_ssl_name node2.bench.example; {d}_ssl_server_name on; {d}_ssl_session_reuse {reuse};"""


class Nginx(Contender):
    name, port, mesh_port = "nginx", 16002, 16102

    def start(self, bench, path):
        for node in bench.nodes[:path.hops]:
            node.write("/run/peer/nginx.conf", self.configuration(node.name, path))
            self.listens(self.run(node, "nginx", "-c", "/run/peer/nginx.conf"))

    @staticmethod
    def remark(path):
        if path.protocol == "http" and path.hops == 2:
            return "nginx cannot speak HTTP/2 to what it proxies to: HTTP/1.1 over pooled TLS connections between its two hops"
        return None

    def configuration(self, node, path):
        first = node == "node1"
        onward_tls = first and path.hops == 2
        listen = f"127.0.0.1:{self.port}" if first else f"{ADDRESS['node2']}:{self.mesh_port} ssl"
        if onward_tls:
            following = f"{ADDRESS['node2']}:{self.mesh_port}"
        else:
            following = f"{path.listener[0]}:{path.port}"
        tls = "" if first else SERVER_TLS
        reuse = "on" if path.resume else "off"
        if path.protocol == "tcp":
            tls += "proxy_ssl on;" + CLIENT_TLS.format(d="proxy", reuse=reuse) if onward_tls else ""
            return FRAME.format(context="stream", log="line", body=f"server {{ listen {listen}; {tls} proxy_timeout 1h; proxy_pass {following}; }}").replace(
                "stream {", "stream {\n  " + STREAM_LOG)
        directive = "grpc" if path.protocol == "grpc" else "proxy"
        tls += CLIENT_TLS.format(d=directive, reuse=reuse) if onward_tls else ""
        scheme = {"grpc": "grpc", "proxy": "http"}[directive] + ("s" if onward_tls else "")
        headers = IDENTIFICATION.format(d=directive)
        if directive == "proxy":
            headers += "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host;"
        else:
            listen += " http2"
            headers += "grpc_read_timeout 1h; client_max_body_size 0;"
        location = f"location / {{ {directive}_pass {scheme}://next; {headers} }}"
        body = HTTP.format(next=following) + f"\n  server {{ listen {listen}; {tls} {location} }}"
        return FRAME.format(context="http", log="combined", body=body)
