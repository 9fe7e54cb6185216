"""A server with the receivers of Zipkin and Jaeger beside OTLP's."""

from server import Vivace, free_ports

JAEGER = ("grpc", "thrift_http", "thrift_compact", "thrift_binary")


def server_with_endpoints(directory):
    """A running server; its `endpoints` are the ports of these receivers by protocol."""
    endpoints = dict(zip((*JAEGER, "zipkin"), free_ports(5)))
    receivers = {
        "jaeger": {
            "protocols": {name: {"endpoint": f"127.0.0.1:{endpoints[name]}"} for name in JAEGER}
        },
        "zipkin": {"endpoint": f"127.0.0.1:{endpoints['zipkin']}"},
    }
    server = Vivace(directory, {"distributor": {"receivers": receivers}})
    server.endpoints = endpoints
    return server.start()
