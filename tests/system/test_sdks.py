"""The real OpenTelemetry SDKs for Python and Node.js send a trace, which is found by its id with
all that was in it."""

import os
import pathlib
import subprocess
import sys

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression as HttpCompression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

import grpc
from otlp import attributes_of, is_stored, spans_of, trace_of
from server import wait_until

ATTRIBUTES = {"text": "täxt", "whole": 42, "fraction": 0.5, "yes": True, "list": ["a", "b"]}
LINKED = SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True, TraceFlags(1))
NODE_FOLDER = pathlib.Path(__file__).parent / "node"


def exporter_of(server, protocol, compression):
    if protocol == "grpc":
        kind = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
        return GrpcExporter(
            endpoint=server.otlp_target, insecure=True, compression=kind, timeout=10
        )
    kind = HttpCompression(compression)
    return HttpExporter(endpoint=server.otlp_url + "/v1/traces", compression=kind, timeout=10)


def send_with_python(server, protocol, compression):
    """Sends the trace that node/send.js sends too; its id in hexadecimal digits."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"python-{protocol}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter_of(server, protocol, compression)))
    tracer = provider.get_tracer("tests", "1.2")
    root = tracer.start_span(
        "checkout",
        kind=SpanKind.SERVER,
        attributes=ATTRIBUTES,
        links=[Link(LINKED, {"why": "retry"})],
    )
    tracer.start_span("charge", context=set_span_in_context(root), kind=SpanKind.CLIENT).end()
    root.add_event("declined", {"card": "visa"})
    root.set_status(Status(StatusCode.ERROR, "card declined"))
    root.end()
    assert provider.force_flush(10_000)
    provider.shutdown()
    return f"{root.get_span_context().trace_id:032x}"


def assert_checkout(server, trace_id, service):
    wait_until(lambda: is_stored(server, trace_id, spans=2), 10, f"trace {trace_id} of {service}")
    spans = {span["name"]: span for span in spans_of(trace_of(server, trace_id))}
    root, child = spans["checkout"], spans["charge"]
    assert attributes_of(root["resource"])["service.name"] == service
    assert root["scope"]["name"] == "tests" and root["scope"]["version"] == "1.2"
    assert attributes_of(root).items() >= ATTRIBUTES.items()
    assert root["kind"] == "SPAN_KIND_SERVER" and child["kind"] == "SPAN_KIND_CLIENT"
    assert root["status"] == {"code": "STATUS_CODE_ERROR", "message": "card declined"}
    assert child["parentSpanId"] == root["spanId"]
    assert (
        int(root["startTimeUnixNano"])
        <= int(child["startTimeUnixNano"])
        <= int(root["endTimeUnixNano"])
    )
    (event,), (link,) = root["events"], root["links"]
    assert event["name"] == "declined" and attributes_of(event) == {"card": "visa"}
    assert link["traceId"] == "CvdlGRbNQ92ESOshHIAxnA==" and attributes_of(link) == {"why": "retry"}


@pytest.mark.parametrize(
    "protocol, compression",
    [("grpc", "none"), ("grpc", "gzip"), ("http", "none"), ("http", "gzip"), ("http", "deflate")],
)
def test_python(server, protocol, compression):
    assert_checkout(server, send_with_python(server, protocol, compression), f"python-{protocol}")


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", ["grpc", "http", "proto"])
def test_node(server, protocol, compression):
    url = f"http://{server.otlp_target}" if protocol == "grpc" else server.otlp_url + "/v1/traces"
    environment = {**os.environ, "NODE_PATH": f"{sys.prefix}/node_modules"}
    sent = subprocess.run(
        ["node", NODE_FOLDER / "send.js", protocol, url, compression],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert sent.returncode == 0, sent.stderr
    assert_checkout(server, sent.stdout.split()[-1], f"node-{protocol}")
