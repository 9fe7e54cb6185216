"""Malicious senders at the Zipkin and Jaeger ports: memory stays bounded and others are served
meanwhile."""

import contextlib
import gzip
import os
import socket
import threading
import time

import grpc
import pytest
import requests

from endpoints import server_with_endpoints
from otlp import is_stored, new_trace_id, post, request_of
from server import SANITIZED, wait_until

HTTP = {
    "zipkin": ("/api/v2/spans", "application/json"),
    "thrift_http": ("/api/traces", "application/x-thrift"),
}
BODY_MAX = 20 << 20
MEMORY_MAX = (2000 if SANITIZED else 200) << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = server_with_endpoints(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(autouse=True)
def bounded_and_serving(server):
    """Whatever a test sent: memory did not grow much, and every port takes a good request
    afterwards."""
    before = peak_memory_bytes(server)
    yield
    assert peak_memory_bytes(server) - before < MEMORY_MAX
    serve_all(server)


def peak_memory_bytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


def serve_all(server):
    trace_id = new_trace_id()
    assert (
        post(
            server, request_of((trace_id, os.urandom(8))).SerializeToString(), timeout=5
        ).status_code
        == 200
    )
    assert is_stored(server, trace_id)
    for endpoint in HTTP:
        assert send(server, endpoint, good(endpoint)).status_code == 202
    with grpc.insecure_channel(f"127.0.0.1:{server.endpoints['grpc']}") as channel:
        channel.unary_unary("/jaeger.api_v2.CollectorService/PostSpans")(b"", timeout=5)


def good(endpoint):
    return b'[{"traceId":"1","id":"1","timestamp":1}]' if endpoint == "zipkin" else b"\0"


def send(server, endpoint, body, **headers):
    path, kind = HTTP[endpoint]
    return requests.post(
        f"http://127.0.0.1:{server.endpoints[endpoint]}{path}",
        data=body,
        headers={"Content-Type": kind, **headers},
        timeout=30,
    )


def closes_or_refuses(answer):
    """A status of 4xx, or no answer because the server closed the connection in the middle."""
    with contextlib.suppress(requests.ConnectionError):
        return answer().status_code in (400, 413, 431)
    return True


@pytest.mark.parametrize("endpoint", HTTP)
def test_zip_bombs(server, endpoint):
    bomb = gzip.compress(bytes(512 << 20))
    assert len(bomb) < 1 << 20
    answer = send(server, endpoint, bomb, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("endpoint", HTTP)
def test_oversized_bodies_and_headers(server, endpoint):
    assert closes_or_refuses(lambda: send(server, endpoint, bytes(BODY_MAX + 1)))
    assert closes_or_refuses(
        lambda: send(server, endpoint, b"", **{f"x-{number}": "v" * 1000 for number in range(2000)})
    )


@pytest.mark.parametrize("endpoint", ["zipkin", "thrift_http", "grpc"])
def test_slow_senders(server, endpoint):
    """Hundreds of connections that never come to the end of a request, some in the header and some
    in the body."""
    begin = {
        "grpc": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000") + b"\0\0",
    }.get(endpoint, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le")
    in_body = (
        begin
        if endpoint == "grpc"
        else (
            f"POST {HTTP[endpoint][0]} HTTP/1.1\r\nHost: x\r\nContent-Type: {HTTP[endpoint][1]}\r\n"
            "Content-Length: 20000000\r\n\r\n["
        ).encode()
    )
    with contextlib.ExitStack() as stack:
        for number in range(300):
            connection = stack.enter_context(
                socket.create_connection(("127.0.0.1", server.endpoints[endpoint]), timeout=10)
            )
            connection.sendall(begin if number % 2 else in_body)
        began = time.monotonic()
        serve_all(server)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("endpoint", ["zipkin", "thrift_http", "grpc"])
def test_garbage(server, endpoint):
    for _ in range(50):
        with socket.create_connection(
            ("127.0.0.1", server.endpoints[endpoint]), timeout=10
        ) as connection, contextlib.suppress(OSError):
            connection.sendall(os.urandom(4096))


def jaeger_datagram():
    """A compact emitBatch of 100 spans."""
    span = bytes.fromhex("1602" "16021602" "1600" "1801" "78" "2500" "1602" "1602" "00")
    batch = bytes.fromhex("1c" "1801" "73" "00" "19fc") + b"\x64" + span * 100 + b"\0"
    return bytes.fromhex("8241") + b"\x01" + b"\x09emitBatch" + b"\x1c" + batch + b"\0"


@pytest.mark.parametrize("endpoint", ["thrift_compact", "thrift_binary"])
def test_udp_floods(server, endpoint):
    """Four senders at full speed, of garbage and of spans: requests at other ports are answered
    meanwhile."""
    target = ("127.0.0.1", server.endpoints[endpoint])
    payloads = [os.urandom(1400), jaeger_datagram(), b"", os.urandom(60_000)]
    ending = threading.Event()

    def flood(payload):
        with socket.socket(type=socket.SOCK_DGRAM) as flooder:
            for _ in range(50_000):
                if ending.is_set():
                    return
                flooder.sendto(payload, target)

    senders = [threading.Thread(target=flood, args=(payload,)) for payload in payloads]
    for sender in senders:
        sender.start()
    try:
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            began = time.monotonic()
            assert (
                post(
                    server,
                    request_of((new_trace_id(), os.urandom(8))).SerializeToString(),
                    timeout=5,
                ).status_code
                == 200
            )
            assert time.monotonic() - began < 2
    finally:
        ending.set()
        for sender in senders:
            sender.join()
    wait_until(lambda: "spans from a Jaeger agent were not stored" in server.log(), 5, "a log line")
    # At most one line a second, however many datagrams there were.
    assert server.log().count("spans from a Jaeger agent were not stored") < 30
