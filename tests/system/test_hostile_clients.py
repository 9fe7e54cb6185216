"""What clients of any port can make the server hold: heads, half-sent bodies, answers they do not
read. Memory is measured from outside; others are served meanwhile."""

import contextlib
import gzip
import json
import os
import threading
import time

import grpc
import pytest
import requests

from otlp import new_trace_id, post, request_of
from raw_http import (
    END_HEADERS,
    END_STREAM,
    HEADERS,
    WINDOW_UPDATE,
    connect,
    frame,
    head,
    header_block,
    large_field,
    memory_bytes,
    preface,
    read_to_end,
)
from server import SANITIZED, Vivace, wait_until
from test_access import hashed

MIB = 1 << 20
FACTOR = 3 if SANITIZED else 1
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def good_request():
    return request_of((new_trace_id(), os.urandom(8))).SerializeToString()


def is_served(server, **headers):
    began = time.monotonic()
    assert post(server, good_request(), timeout=10, **headers).status_code == 200
    assert time.monotonic() - began < 5


def test_heads_that_repeat_one_entry(start):
    """Few bytes of HPACK that stand for many: connections with a hundred streams, each of whose
    heads repeats an entry of 4 KB, stay open without a body."""
    server = start()
    before = memory_bytes(server, "VmRSS")
    sent = 0
    with contextlib.ExitStack() as stack:
        for port in (server.http_port, server.otlp_http_port) * 10:
            repeats = 100 if port == server.http_port else 14
            connection = stack.enter_context(connect(port))
            attack = preface()
            for stream in range(1, 200, 2):
                block = header_block("POST", "/v1/traces")
                block += large_field(4000) if stream == 1 else b""
                attack += frame(HEADERS, END_HEADERS, stream, block + b"\xbe" * repeats)
            connection.sendall(attack)
            sent += len(attack)
            # The last stream of each is beyond the connection's sum: it is answered, so all are
            # there.
            answer = b""
            while (199).to_bytes(4, "big") not in answer:
                answer += connection.recv(1 << 16)
        grown = memory_bytes(server) - before
        assert sent < MIB and grown < 100 * MIB * FACTOR, (sent, grown)
        is_served(server)


def test_endless_heads(start):
    """Heads that do not end, on many connections: each up to its port's limit."""
    server = start()
    before = memory_bytes(server, "VmRSS")
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            connection = stack.enter_context(connect(server.http_port))
            connection.settimeout(5)
            with contextlib.suppress(OSError):
                connection.sendall(b"GET /ready HTTP/1.1\r\nx: " + b"v" * 400_000)
        assert memory_bytes(server) - before < 350 * MIB * FACTOR
        is_served(server)


def test_pipelined_bytes(start):
    """Connections that go on sending while their first request is worked on."""
    server = start({"distributor": {"artificial_delay": "20s"}})
    before = memory_bytes(server, "VmRSS")
    body = good_request()
    request = head("POST", "/v1/traces", {"Content-Type": "application/x-protobuf"}).replace(
        b"\r\n\r\n", f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            connection = stack.enter_context(connect(server.otlp_http_port))
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                for _ in range(20):
                    connection.send((request + body) * 200)
        assert memory_bytes(server) - before < 350 * MIB * FACTOR


@pytest.fixture(scope="module")
def large_trace(tmp_path_factory):
    """A server with a trace whose JSON takes megabytes, and that trace's path."""
    server = Vivace(tmp_path_factory.mktemp("large"))
    server.config["overrides"]["defaults"]["global"] = {"max_bytes_per_trace": 10**9}
    server.config["server"]["http_server_write_timeout"] = "3s"
    try:
        server.start()
        trace_id = new_trace_id()
        for _ in range(20):
            spans = [(trace_id, os.urandom(8)) for _ in range(1000)]
            request = request_of(*spans, attributes={"text": "x" * 400})
            assert post(server, request.SerializeToString()).status_code == 200
        server.path = f"/api/traces/{trace_id.hex()}"
        server.answer = requests.get(server.url + server.path, timeout=60).content
        assert len(server.answer) > 8 * MIB
        yield server
    finally:
        server.close()


def test_unread_answers(large_trace):
    """Sixty streams of one connection, and further connections, that ask for megabytes and open no
    window."""
    server = large_trace
    before = memory_bytes(server, "VmRSS")
    block = header_block("GET", server.path)
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            connection = stack.enter_context(connect(server.http_port))
            connection.sendall(
                preface(window=0)
                + b"".join(
                    frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
                    for stream in range(1, 120, 2)
                )
            )
        highest = 0
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            highest = max(highest, memory_bytes(server, "VmRSS") - before)
            time.sleep(0.1)
        # All that is unread, and what the query pool makes meanwhile.
        assert highest < 250 * MIB * FACTOR, highest
        is_served(server)
    # The answers were given up, or went with their connections.
    wait_until(
        lambda: requests.get(server.url + server.path, timeout=60).content == server.answer,
        30,
        "an answer for who reads",
    )


def test_readers_of_one_byte_now_and_then(large_trace):
    server = large_trace
    with connect(server.http_port, receive_buffer=4096) as connection:
        connection.sendall(head("GET", server.path, {}))
        for _ in range(8):
            connection.recv(1)
            time.sleep(1)
        # What had arrived can still be read; the rest was given up.
        assert len(read_to_end(connection)) < MIB
    with connect(server.http_port) as connection:
        block = header_block("GET", server.path)
        connection.sendall(preface(window=0) + frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        began = time.monotonic()
        reset = frame(3, 0, 1, (8).to_bytes(4, "big"))  # CANCEL
        answer = b""
        while reset not in answer:
            assert time.monotonic() - began < 30
            connection.sendall(frame(WINDOW_UPDATE, 0, 1, (1).to_bytes(4, "big")))
            connection.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                answer += connection.recv(1 << 16)
        assert len(answer) < MIB


def test_slow_but_honest_readers(large_trace):
    """At a few times the least rate, for longer than the timeout."""
    server = large_trace
    with connect(server.http_port, receive_buffer=64 << 10) as connection:
        connection.sendall(head("GET", server.path, {"Connection": "close"}))
        received, began = 0, time.monotonic()
        while part := connection.recv(1 << 16):
            received += len(part)
            if time.monotonic() - began < 12:
                time.sleep(0.2)
        assert received > len(server.answer)
        assert time.monotonic() - began > 10


HALF = 20_000_000 // 2


def half_sent_body(port, source=None, headers=None):
    connection = connect(port, source)
    connection.setblocking(False)
    fields = {"Content-Type": "application/x-protobuf", "Content-Length": 20_000_000}
    connection.settimeout(10)
    with contextlib.suppress(OSError):
        connection.sendall(head("POST", "/v1/traces", {**fields, **(headers or {})}) + b"\0" * HALF)
    return connection


def test_half_sent_bodies_leave_a_share_for_others(start):
    """One peer holds all it can get at one port: other peers, other ports and its own small
    requests go on."""
    server = start()
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(half_sent_body(server.otlp_http_port, "127.0.0.2"))
        for _ in range(5):
            is_served(server)
        assert (
            requests.post(
                server.otlp_url + "/v1/traces",
                data=request_of(
                    *((new_trace_id(), os.urandom(8)) for _ in range(50_000))
                ).SerializeToString(),
                headers={"Content-Type": "application/x-protobuf"},
                timeout=30,
            ).status_code
            == 200
        )
        with connect(server.otlp_http_port, "127.0.0.2") as small:
            body = good_request()
            fields = {"Content-Type": "application/x-protobuf", "Content-Length": len(body)}
            small.sendall(head("POST", "/v1/traces", {**fields, "Connection": "close"}) + body)
            assert read_to_end(small).startswith(b"HTTP/1.1 200 ")
        with grpc.insecure_channel(server.otlp_target) as channel:
            channel.unary_unary(EXPORT)(good_request(), timeout=10)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    directory = tmp_path_factory.mktemp("guarded")
    writer = {
        "name": "writer",
        "tokens": [hashed("token", "writer-0123456789abcdef")],
        "rights": ["write"],
        "tenants": ["*"],
    }
    (directory / "access.yaml").write_text(json.dumps({"identities": [writer]}))
    config = {"vivace": {"access_file": str(directory / "access.yaml")}}
    server = Vivace(directory / "server", config).start()
    yield server
    server.close()


def test_nobody_sends_a_body_without_credentials(guarded):
    """The head is answered, over HTTP/1.1, HTTP/2 and gRPC; bodies of those who may are taken."""
    before = memory_bytes(guarded)
    with contextlib.ExitStack() as stack:
        halves = [stack.enter_context(half_sent_body(guarded.otlp_http_port)) for _ in range(14)]
        is_served(guarded, Authorization="Bearer writer-0123456789abcdef")
        for connection in halves:
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401 ")
        assert memory_bytes(guarded) - before < 60 * MIB * FACTOR
    with connect(guarded.otlp_http_port) as connection:
        connection.sendall(head("POST", "/v1/traces", {"Content-Length": 10_000_000}))
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401 ")
    for port in (guarded.otlp_http_port, guarded.otlp_grpc_port):
        with connect(port) as connection:
            block = header_block("POST", EXPORT if port == guarded.otlp_grpc_port else "/v1/traces")
            if port == guarded.otlp_grpc_port:
                block += b"\x0f\x10\x10application/grpc"
            connection.sendall(preface() + frame(HEADERS, END_HEADERS, 1, block))
            answer = b""
            # The answer's header, before anything of the body was sent.
            while frame(HEADERS, 0, 1)[-4:] not in answer:
                answer += connection.recv(1 << 16)
    with grpc.insecure_channel(guarded.otlp_target) as channel:
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(EXPORT)(good_request(), timeout=10)
        assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED
        token = [("authorization", "Bearer writer-0123456789abcdef")]
        channel.unary_unary(EXPORT)(good_request(), metadata=token, timeout=10)


def test_many_connections_of_one_peer_reach_their_throughput(start):
    """A collector or a proxy: everything comes from one address, and nothing is refused."""
    server = start()
    body = request_of(*((new_trace_id(), os.urandom(8)) for _ in range(5000))).SerializeToString()
    failures = []

    def send():
        with requests.Session() as session:
            for _ in range(5):
                answer = session.post(
                    server.otlp_url + "/v1/traces",
                    data=body,
                    headers={"Content-Type": "application/x-protobuf"},
                    timeout=60,
                )
                if answer.status_code != 200:
                    failures.append(answer.text)

    senders = [threading.Thread(target=send) for _ in range(32)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert not failures, failures[0]


def field(number, content):
    """A protobuf field that is a message or bytes."""
    size = len(content)
    varint = b""
    while size >= 0x80:
        varint += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + varint + bytes([size]) + content


def slowest_of_another(server, body, headers, seconds=4):
    """Tenant a sends `body` over and over on several connections; the longest time that a request
    of one span of tenant b takes meanwhile, and the statuses that a got."""
    ends = time.monotonic() + seconds
    statuses = set()

    def flood():
        while time.monotonic() < ends:
            answer = requests.post(
                server.otlp_url + "/v1/traces",
                data=body,
                headers={"Content-Type": "application/x-protobuf", "X-Scope-OrgID": "a"} | headers,
                timeout=60,
            )
            statuses.add(answer.status_code)

    senders = [threading.Thread(target=flood) for _ in range(6)]
    for sender in senders:
        sender.start()
    slowest = 0
    while time.monotonic() < ends:
        began = time.monotonic()
        assert post(server, good_request(), timeout=60, X_Scope_OrgID="b").status_code == 200
        slowest = max(slowest, time.monotonic() - began)
    for sender in senders:
        sender.join()
    return slowest, statuses


def test_empty_elements_do_not_hold_up_others(start):
    """Seventy kilobytes that are twenty megabytes of links without content."""
    server = start({"multitenancy_enabled": True})
    ids = field(1, os.urandom(16)) + field(2, os.urandom(8))
    spans = b"".join(field(2, ids + b"\x6a\x00" * 2_000_000) for _ in range(4))
    body = gzip.compress(field(1, field(2, spans)), 1)
    slowest, statuses = slowest_of_another(server, body, {"Content-Encoding": "gzip"})
    assert statuses == {400}
    assert slowest < 1 * FACTOR
    assert memory_bytes(server) < 500 * MIB * FACTOR


def test_large_requests_do_not_hold_up_others(start):
    """Far more than the tenant's rate: most are refused without being decoded."""
    rate = {"rate_limit_bytes": 5_000_000, "burst_size_bytes": 20_000_000}
    server = start({"multitenancy_enabled": True, "overrides": {"defaults": {"ingestion": rate}}})
    body = request_of(*((new_trace_id(), os.urandom(8)) for _ in range(60_000))).SerializeToString()
    slowest, statuses = slowest_of_another(server, body, {})
    assert 429 in statuses
    assert slowest < 1 * FACTOR
    assert server.metric("vivace_refused_undecoded_requests_total", tenant="a") > 0
