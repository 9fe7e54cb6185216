"""Jaeger's and Zipkin's own clients for Python and Node.js send a trace, which is found by its id
with all that was in it."""

import os
import pathlib
import subprocess
import sys

import grpc
import pytest
import requests
from py_zipkin import Encoding, Kind
from py_zipkin.transport import BaseTransportHandler
from py_zipkin.zipkin import zipkin_span

from endpoints import server_with_endpoints
from otlp import attributes_of, is_stored, spans_of, trace_of
from server import wait_until

FOLDER = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = server_with_endpoints(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


def spans_by_name(server, trace_id):
    wait_until(lambda: is_stored(server, trace_id, spans=2), 10, f"trace {trace_id}")
    return {span["name"]: span for span in spans_of(trace_of(server, trace_id))}


def assert_parent_and_child(root, child):
    assert root["kind"] == "SPAN_KIND_SERVER" and child["kind"] == "SPAN_KIND_CLIENT"
    assert child["parentSpanId"] == root["spanId"] and "parentSpanId" not in root
    assert (
        int(root["startTimeUnixNano"])
        <= int(child["startTimeUnixNano"])
        <= int(root["endTimeUnixNano"])
    )
    assert root["status"]["code"] == "STATUS_CODE_ERROR" and child["status"] == {}


def assert_jaeger_checkout(server, trace_id, service):
    spans = spans_by_name(server, trace_id)
    root, child = spans["checkout"], spans["charge"]
    assert_parent_and_child(root, child)
    resource = attributes_of(root["resource"])
    assert (
        resource["service.name"] == service
        and resource["opencensus.exporterversion"].startswith("Jaeger-")
        and resource["host.name"]
    )
    attributes = attributes_of(root)
    assert attributes.items() >= {"text": "täxt", "whole": 42, "fraction": 0.5, "yes": True}.items()
    assert "error" not in attributes and "span.kind" not in attributes
    (event,) = root["events"]
    assert event["name"] == "declined" and attributes_of(event) == {"card": "visa"}


def run(command, **options):
    sent = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    assert sent.returncode == 0, sent.stderr
    return sent.stdout.split()[-1]


def node(*arguments):
    return run(
        ["node", FOLDER / "node/send_zipkin_jaeger.js", *arguments],
        env={**os.environ, "NODE_PATH": f"{sys.prefix}/node_modules"},
    )


def test_jaeger_for_python_over_udp(server):
    trace_id = run(
        [sys.executable, FOLDER / "send_jaeger.py", str(server.endpoints["thrift_compact"])]
    )
    assert_jaeger_checkout(server, trace_id, "python-jaeger")


@pytest.mark.parametrize(
    "client, where",
    [
        ("jaeger-http", "http://127.0.0.1:{thrift_http}/api/traces"),
        ("jaeger-udp", "127.0.0.1:{thrift_binary}"),
    ],
)
def test_jaeger_for_node(server, client, where):
    assert_jaeger_checkout(server, node(client, where.format(**server.endpoints)), "node-jaeger")


def test_zipkin_for_node(server):
    spans = spans_by_name(
        server, node("zipkin", f"http://127.0.0.1:{server.endpoints['zipkin']}/api/v2/spans")
    )
    root, child = spans["checkout"], spans["charge"]
    assert_parent_and_child(root, child)
    assert attributes_of(root["resource"])["service.name"] == "node-zipkin"
    assert attributes_of(root).items() >= {"text": "täxt", "error": "card declined"}.items()
    assert [event["name"] for event in root["events"]] == ["declined"]


class ToVivace(BaseTransportHandler):
    """What py_zipkin sends, as its documentation has it."""

    TYPES = {
        Encoding.V1_JSON: "application/json",
        Encoding.V2_JSON: "application/json",
        Encoding.V2_PROTO3: "application/x-protobuf",
    }

    def __init__(self, server, encoding):
        version = "v1" if encoding == Encoding.V1_JSON else "v2"
        self.url = f"http://127.0.0.1:{server.endpoints['zipkin']}/api/{version}/spans"
        self.type = self.TYPES[encoding]

    def get_max_payload_bytes(self):
        return None

    def send(self, payload):
        answer = requests.post(
            self.url, data=payload, headers={"Content-Type": self.type}, timeout=10
        )
        assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("encoding", list(ToVivace.TYPES))
def test_zipkin_for_python(server, encoding):
    options = {
        "service_name": "python-zipkin",
        "encoding": encoding,
        "transport_handler": ToVivace(server, encoding),
    }
    with zipkin_span(
        span_name="checkout",
        kind=Kind.SERVER,
        sample_rate=100.0,
        use_128bit_trace_id=True,
        port=8080,
        **options,
    ) as root:
        trace_id = root.zipkin_attrs.trace_id
        root.update_binary_annotations({"text": "täxt", "error": "card declined"})
        root.add_annotation("declined")
        with zipkin_span(service_name="python-zipkin", span_name="charge", kind=Kind.CLIENT):
            pass
    spans = spans_by_name(server, trace_id)
    root, child = spans["checkout"], spans["charge"]
    assert_parent_and_child(root, child)
    assert attributes_of(root["resource"])["service.name"] == "python-zipkin"
    assert attributes_of(root)["text"] == "täxt"
    assert [event["name"] for event in root["events"]] == ["declined"]


def test_jaeger_over_grpc(server):
    """The message has the one span of the protocol's description:
    PostSpansRequest{batch{spans process}}."""
    trace_id, span_id = os.urandom(16), os.urandom(8)
    field = lambda number, content: bytes([number << 3 | 2, len(content)]) + content
    span = field(1, trace_id) + field(2, span_id) + field(3, b"checkout")
    message = field(1, field(1, span) + field(2, field(1, b"grpc-jaeger")))
    with grpc.insecure_channel(f"127.0.0.1:{server.endpoints['grpc']}") as channel:
        post = channel.unary_unary(
            "/jaeger.api_v2.CollectorService/PostSpans",
            lambda request: request,
            lambda answer: answer,
        )
        assert post(message, timeout=10) == b""
        with pytest.raises(grpc.RpcError) as error:
            post(field(1, field(1, field(2, span_id))), timeout=10)
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert error.value.details() == "trace ids must be 128 bit, received 0 bits"
    (span,) = spans_of(wait_until(lambda: trace_of(server, trace_id), 10, "the trace"))
    assert attributes_of(span["resource"]) == {"service.name": "grpc-jaeger"}


def test_garbage_datagrams_are_ignored(server):
    """Datagrams of every size at both ports; valid ones are still stored."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for number in range(2000):
            payload = os.urandom(number % 1400)
            for endpoint in ("thrift_compact", "thrift_binary"):
                udp.sendto(payload, ("127.0.0.1", server.endpoints[endpoint]))
    trace_id = run(
        [sys.executable, FOLDER / "send_jaeger.py", str(server.endpoints["thrift_compact"])]
    )
    assert_jaeger_checkout(server, trace_id, "python-jaeger")


def test_accepted_spans_are_counted_by_transport(server):
    for transport in ("grpc", "collector_http", "udp_thrift_binary", "udp_thrift_compact"):
        assert (
            server.metric(
                "tempo_receiver_accepted_spans",
                receiver="jaeger/jaeger_receiver",
                transport=transport,
            )
            > 0
        )
    for transport in ("http_v1_json", "http_v2_json", "http_v2_proto"):
        assert (
            server.metric(
                "tempo_receiver_accepted_spans",
                receiver="zipkin/zipkin_receiver",
                transport=transport,
            )
            > 0
        )
