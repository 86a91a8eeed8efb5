"""What is measured, in the order of the table."""
import applications
from bench import Path
from contenders import HAProxy, Nghttpx, Nginx, NodeMesh, Redsocks
from scenarios.bulk import Bulk
from scenarios.requests import Requests

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
]
