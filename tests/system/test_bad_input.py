"""Bad requests on the OTLP ports and the errors they get; the server keeps serving other
clients."""

import gzip
import json
import os
import socket
import zlib

import cramjam
import grpc
import lz4.frame
import pytest
import requests
import zstandard

from otlp import (
    JSON,
    PROTOBUF,
    is_stored,
    json_request,
    new_trace_id,
    post,
    rejected_spans,
    request_of,
    trace_of,
)
from server import wait_until

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SPAN_ID = b"12345678"
HTTP_BODY_MAX = 20 << 20
GRPC_MESSAGE_MAX = 4 << 20

ENCODINGS = {
    "gzip": gzip.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    "zlib": zlib.compress,
    "deflate": zlib.compress,
    "snappy": lambda body: bytes(cramjam.snappy.compress_raw(body)),
    "snappy framed": lambda body: bytes(cramjam.snappy.compress(body)),
    "lz4": lz4.frame.compress,
}


def good_request(trace_id):
    return request_of((trace_id, SPAN_ID)).SerializeToString()


def call(server, message, method=EXPORT, compression=None):
    """Sends `message` as bytes in a gRPC call; (code, text or answer)."""
    with grpc.insecure_channel(server.otlp_target) as channel:
        send = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
        try:
            return grpc.StatusCode.OK, send(message, timeout=30, compression=compression)
        except grpc.RpcError as error:
            return error.code(), error.details()


@pytest.fixture(autouse=True)
def still_serving(server):
    """Whatever a test sent: afterwards a good request is taken and its trace found."""
    yield
    trace_id = new_trace_id()
    assert post(server, good_request(trace_id)).status_code == 200
    wait_until(lambda: is_stored(server, trace_id), 10, "the trace of a good request")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_content_encoding(server, encoding):
    trace_id = new_trace_id()
    answer = post(
        server, ENCODINGS[encoding](good_request(trace_id)), Content_Encoding=encoding.split()[0]
    )
    assert (answer.status_code, answer.content) == (200, b"\n\0"), answer.text
    assert is_stored(server, trace_id)


@pytest.mark.parametrize("encoding", sorted({e.split()[0] for e in ENCODINGS}))
def test_corrupt_compressed_body(server, encoding):
    answer = post(server, b"\x01\x02 this is not compressed \xff\xff", Content_Encoding=encoding)
    assert answer.status_code == 400, answer.text


def test_truncated_gzip(server):
    answer = post(
        server, gzip.compress(good_request(new_trace_id()))[:-12], Content_Encoding="gzip"
    )
    assert answer.status_code == 400, answer.text


def test_unknown_content_encoding(server):
    answer = post(
        server, json_request("a" * 32, "b" * 16), content_type=JSON, Content_Encoding="bogus"
    )
    assert answer.status_code == 400
    assert answer.json() == {"code": 3, "message": "unsupported Content-Encoding: bogus"}


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_decompression_bomb(server, encoding):
    bomb = ENCODINGS[encoding](bytes(512 << 20))
    assert len(bomb) < 1 << 20
    before = peak_memory_bytes(server)
    assert post(server, bomb, Content_Encoding=encoding).status_code in (400, 413)
    assert peak_memory_bytes(server) - before < 200 << 20, "the bomb went off"


def peak_memory_bytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


@pytest.mark.parametrize(
    "body", [b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05abc", b"\xff" * 64, b"not protobuf"]
)
def test_malformed_protobuf(server, body):
    answer = post(server, body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == PROTOBUF
    code, _ = call(server, body)
    assert code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '{"resourceSpans": 7}',
        '{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 1}]}]}]}',
        "\xff",
    ],
)
def test_malformed_json(server, body):
    answer = post(server, body.encode("latin-1"), content_type=JSON)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"].startswith(JSON)
    assert answer.json()["message"]


def test_deeply_nested_json(server):
    assert post(server, '{"resourceSpans":' + "[" * 100_000, content_type=JSON).status_code == 400


def test_deeply_nested_protobuf_value(server):
    request = request_of((new_trace_id(), SPAN_ID))
    value = b""
    for _ in range(5000):  # AnyValue{array_value: ArrayValue{values: [...]}}
        value = field(5, field(1, value))
    span_with_value = request.resource_spans[0].scope_spans[0].spans[0].SerializeToString() + field(
        9, field(1, b"deep") + field(2, value)
    )
    body = field(1, field(2, field(2, span_with_value)))
    assert post(server, body).status_code in (200, 400)


def field(number, content):
    """A length-delimited protobuf field."""
    length, digits = len(content), b""
    while True:
        digits += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
        if not length:
            return bytes([number << 3 | 2]) + digits + content


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-thrift", "", "application"])
def test_wrong_content_type(server, content_type):
    answer = post(server, good_request(new_trace_id()), content_type=content_type)
    assert answer.status_code == 415
    assert (
        answer.text
        == "415 unsupported media type, supported: [application/json, application/x-protobuf]"
    )


def test_content_type_parameters_are_ignored(server):
    assert (
        post(
            server,
            good_request(new_trace_id()),
            content_type="application/x-protobuf; charset=utf-8",
        ).status_code
        == 200
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_wrong_method(server, method):
    answer = requests.request(method, server.otlp_url + "/v1/traces", timeout=10)
    assert (answer.status_code, answer.text) == (405, "405 method not allowed, supported: [POST]")


@pytest.mark.parametrize("path", ["/v1/traces/", "/v1/metrics", "/v1/logs", "/"])
def test_unknown_path(server, path):
    answer = requests.post(
        server.otlp_url + path, data=b"", headers={"Content-Type": PROTOBUF}, timeout=10
    )
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_unknown_rpc(server):
    code, _ = call(
        server, b"", method="/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    )
    assert code == grpc.StatusCode.UNIMPLEMENTED


def test_empty_request(server):
    assert (post(server, b"").status_code, post(server, b"").content) == (200, b"\n\0")
    assert post(server, "{}", content_type=JSON).json() == {"partialSuccess": {}}
    assert call(server, b"") == (grpc.StatusCode.OK, b"\n\0")


def test_oversized_http_request(server):
    assert post(server, bytes(HTTP_BODY_MAX + 1)).status_code in (400, 413)


def test_http_request_announced_too_large(server):
    """Refused by its Content-Length: the body never comes."""
    with socket.create_connection(("127.0.0.1", server.otlp_http_port), timeout=10) as connection:
        connection.sendall(
            (
                f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\n"
                "Content-Length: 99999999999\r\n\r\n"
            ).encode()
        )
        assert connection.recv(100).split()[1] in (b"400", b"413")


def test_oversized_grpc_message(server):
    request = request_of(
        (new_trace_id(), SPAN_ID), name="x" * (GRPC_MESSAGE_MAX + 1)
    ).SerializeToString()
    code, text = call(server, request)
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert text == f"grpc: received message larger than max ({len(request)} vs. {GRPC_MESSAGE_MAX})"


def test_grpc_gzip(server):
    trace_id = new_trace_id()
    assert (
        call(server, good_request(trace_id), compression=grpc.Compression.Gzip)[0]
        == grpc.StatusCode.OK
    )
    assert is_stored(server, trace_id)


def test_grpc_decompression_bomb(server):
    code, _ = call(server, bytes(64 << 20), compression=grpc.Compression.Gzip)
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED


BAD_IDS = {
    "short trace id": (b"12345", SPAN_ID),
    "no trace id": (b"", SPAN_ID),
    "zero trace id": (bytes(16), SPAN_ID),
    "long trace id": (b"x" * 17, SPAN_ID),
    "short span id": (b"t" * 16, b"1234"),
    "no span id": (b"t" * 16, b""),
    "zero span id": (b"t" * 16, bytes(8)),
}


@pytest.mark.parametrize("case", BAD_IDS)
def test_bad_id_refuses_one_span(server, case):
    """The bad span is reported and counted; its neighbours are stored."""
    trace_id = new_trace_id()
    body = request_of(
        (trace_id, b"aaaaaaaa"), BAD_IDS[case], (trace_id, b"bbbbbbbb")
    ).SerializeToString()
    counted = server.metric("tempo_discarded_spans_total")
    answer = post(server, body)
    assert (answer.status_code, rejected_spans(answer)) == (200, 1)
    assert is_stored(server, trace_id, spans=2)
    assert server.metric("tempo_discarded_spans_total") == counted + 1


def test_bad_id_over_grpc(server):
    trace_id = new_trace_id()
    code, answer = call(
        server, request_of((trace_id, SPAN_ID), BAD_IDS["zero trace id"]).SerializeToString()
    )
    assert code == grpc.StatusCode.OK and len(answer) > 2
    assert is_stored(server, trace_id)


def test_bad_id_in_json(server):
    """Next to a bad span the good one is stored, and the response reports the rejected one."""
    trace_id = new_trace_id().hex()
    body = json.loads(json_request(trace_id, "c" * 16))
    spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append({**spans[0], "traceId": "abc"})
    answer = post(server, json.dumps(body), content_type=JSON)
    assert answer.status_code == 200, answer.text
    assert int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1
    assert is_stored(server, trace_id)


def test_header_flood(server):
    flood = {f"x-{number}": "v" * 1000 for number in range(2000)}
    try:
        answer = requests.post(server.otlp_url + "/v1/traces", headers=flood, data=b"", timeout=10)
        assert answer.status_code in (400, 413, 431)
    except requests.ConnectionError:
        pass  # closed while the headers were coming: as good


def test_slow_clients_do_not_hold_up_others(server):
    """Many connections that never finish their request: a good one is answered meanwhile."""
    slow = [
        socket.create_connection(("127.0.0.1", server.otlp_http_port), timeout=10)
        for _ in range(200)
    ]
    try:
        for connection in slow:
            connection.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert post(server, good_request(new_trace_id()), timeout=5).status_code == 200
    finally:
        for connection in slow:
            connection.close()


def test_client_that_leaves_in_the_middle(server):
    with socket.create_connection(("127.0.0.1", server.otlp_http_port), timeout=10) as connection:
        connection.sendall(
            (
                f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\n"
                "Content-Length: 1000\r\n\r\nabc"
            ).encode()
        )


def test_garbage_on_every_port(server):
    for port in (server.http_port, server.otlp_http_port, server.otlp_grpc_port, server.rpc_port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(os.urandom(4096))


def test_unknown_fields_are_skipped(server):
    trace_id = new_trace_id()
    assert (
        post(server, good_request(trace_id) + field(15, b"of a later version")).status_code == 200
    )
    assert trace_of(server, trace_id)
