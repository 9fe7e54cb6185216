"""HTTP itself: keep-alive, pipelining, chunked bodies, CORS, compressed answers."""

import gzip
import http.client
import socket

import requests

from otlp import PROTOBUF, is_stored, new_trace_id, post, request_of, trace_of

SPAN_ID = b"12345678"
ORIGIN = "https://shop.example"


def body_of(trace_id):
    return request_of((trace_id, SPAN_ID)).SerializeToString()


def test_keep_alive(server):
    """Many requests go over one connection of the OTLP and of the query port."""
    connection = http.client.HTTPConnection("127.0.0.1", server.otlp_http_port, timeout=10)
    connection.connect()
    ids = [new_trace_id() for _ in range(20)]
    first_socket = connection.sock
    for trace_id in ids:
        connection.request("POST", "/v1/traces", body_of(trace_id), {"Content-Type": PROTOBUF})
        assert connection.getresponse().read() == b"\n\0"
        assert connection.sock is first_socket
    queries = server.trace_connection()
    queries.connect()
    first_socket = queries.sock
    for trace_id in ids:
        queries.request("GET", f"/api/traces/{trace_id.hex()}")
        answer = queries.getresponse()
        assert answer.status == 200 and answer.read()
        assert queries.sock is first_socket


def test_connection_close(server):
    answer = requests.get(server.url + "/ready", headers={"Connection": "close"}, timeout=10)
    assert answer.headers.get("Connection", "").lower() == "close"


def test_pipelined_requests(server):
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=10) as connection:
        connection.sendall(
            b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n" * 2
            + b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        received = b""
        while more := connection.recv(4096):
            received += more
    assert received.count(b"HTTP/1.1 200") == 3


def test_chunked_body(server):
    trace_id = new_trace_id()
    body = body_of(trace_id)
    assert post(server, iter([body[:10], body[10:]])).status_code == 200
    assert is_stored(server, trace_id)


def test_expect_continue(server):
    trace_id = new_trace_id()
    body = body_of(trace_id)
    with socket.create_connection(("127.0.0.1", server.otlp_http_port), timeout=10) as connection:
        head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(1024).startswith(b"HTTP/1.1 200")
    assert is_stored(server, trace_id)


def test_cors(start):
    """A browser sends a preflight request; only configured origins are allowed."""
    server = start(
        {
            "distributor": {
                "receivers": {
                    "otlp": {"protocols": {"http": {"cors": {"allowed_origins": [ORIGIN]}}}}
                }
            }
        }
    )
    preflight = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = requests.options(server.otlp_url + "/v1/traces", headers=preflight, timeout=10)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (
        post(server, body_of(new_trace_id()), Origin=ORIGIN).headers["Access-Control-Allow-Origin"]
        == ORIGIN
    )
    foreign = post(server, body_of(new_trace_id()), Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_no_cors_by_default(server):
    assert (
        "Access-Control-Allow-Origin"
        not in post(server, body_of(new_trace_id()), Origin=ORIGIN).headers
    )


def test_compressed_answer(server):
    trace_id = new_trace_id()
    post(
        server, request_of((trace_id, SPAN_ID), attributes={"long": "x" * 5000}).SerializeToString()
    )
    connection = server.trace_connection()
    connection.request("GET", f"/api/traces/{trace_id.hex()}", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert (
        answer.getheader("Content-Encoding") == "gzip"
        and answer.getheader("Vary") == "Accept-Encoding"
    )
    assert b"xxxxx" in gzip.decompress(answer.read())


def test_protobuf_answer(server):
    trace_id = new_trace_id()
    post(server, body_of(trace_id))
    answer = requests.get(
        f"{server.url}/api/traces/{trace_id.hex()}",
        headers={"Accept": "application/protobuf"},
        timeout=10,
    )
    assert answer.headers["Content-Type"] == "application/protobuf" and trace_id in answer.content


def test_unknown_trace(server):
    assert trace_of(server, new_trace_id()) is None
    answer = requests.get(f"{server.url}/api/v2/traces/{new_trace_id().hex()}", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"trace": {}, "metrics": {}})
