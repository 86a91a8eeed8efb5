"""What is measured, in the order of the table."""
import applications
from bench import Path
from contenders import HAProxy, Nghttpx, Nginx, NodeMesh, Redsocks
from scenarios.bulk import Bulk
from scenarios.configuration import Configuration
from scenarios.connections import Connections
from scenarios.idle import Idle
from scenarios.latency import Latency
from scenarios.requests import Requests
from scenarios.streams import Streams
from scenarios.workloads import Workloads

TCP_ONE_HOP = (NodeMesh, HAProxy, Nginx, Redsocks)
TCP_TWO_HOPS = (NodeMesh, HAProxy, Nginx)
HTTP = (NodeMesh, HAProxy, Nginx, Nghttpx)

SCENARIOS = [
    Requests("a", "tcp-one-hop", "TCP, small messages, one hop", Path("tcp", 1, applications.REDIS), TCP_ONE_HOP),
    Bulk("b", "tcp-bulk-one-hop", "TCP, bulk, one hop", Path("tcp", 1, applications.BULK), TCP_ONE_HOP),
    Requests("c", "tcp-two-hops", "TCP, small messages, two hops with mutual TLS", Path("tcp", 2, applications.REDIS), TCP_TWO_HOPS),
    Bulk("c", "tcp-bulk-two-hops", "TCP, bulk, two hops with mutual TLS", Path("tcp", 2, applications.BULK), TCP_TWO_HOPS),
    Requests("d", "http1-one-hop", "HTTP/1.1, one hop", Path("http", 1, applications.HTTP), HTTP),
    Requests("e", "http1-two-hops", "HTTP/1.1, two hops with mutual TLS", Path("http", 2, applications.HTTP), HTTP),
    Requests("f", "grpc-two-hops", "gRPC, unary, two hops with mutual TLS", Path("grpc", 2, applications.GRPC), HTTP),
    Streams("f", "grpc-streams-two-hops", "gRPC, streaming, two hops with mutual TLS", Path("grpc", 2, applications.STREAM), HTTP),
    Connections("g", "connections-full", "New TCP connections, two hops, a full handshake each", Path("tcp", 2, applications.REDIS, resume=False),
                TCP_TWO_HOPS),
    Connections("g", "connections-resumed", "New TCP connections, two hops, sessions resumed", Path("tcp", 2, applications.REDIS), TCP_TWO_HOPS),
    Idle("h", "idle-one-hop", "Idle TCP connections, one hop", Path("tcp", 1, applications.IDLE), TCP_ONE_HOP, (1000, 8000)),
    Idle("h", "idle-two-hops", "Idle TCP connections, two hops with mutual TLS", Path("tcp", 2, applications.IDLE), TCP_TWO_HOPS, (1000, 8000)),
    Workloads("i", "workloads", "Workloads on one machine, TCP, two hops with mutual TLS", Path("tcp", 2, applications.REDIS), (1, 10, 100)),
    Configuration("j", "configuration", "Configuration, HTTP/1.1, one hop", Path("http", 1, applications.HTTP), (10, 1000, 10_000)),
    Latency("k", "latency-tcp", "Added latency, TCP, one hop", Path("tcp", 1, applications.REDIS), TCP_ONE_HOP),
    Latency("k", "latency-http1", "Added latency, HTTP/1.1, one hop", Path("http", 1, applications.HTTP), HTTP),
    Latency("k", "latency-tcp-two-hops", "Added latency, TCP, two hops with mutual TLS", Path("tcp", 2, applications.REDIS), TCP_TWO_HOPS),
    Latency("k", "latency-http1-two-hops", "Added latency, HTTP/1.1, two hops with mutual TLS", Path("http", 2, applications.HTTP), HTTP),
]
