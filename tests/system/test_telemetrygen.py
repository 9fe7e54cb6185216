"""The collector's telemetrygen as a sender, over both protocols of OTLP."""

import json
import pathlib
import subprocess
import sys

import pytest

from otlp import attributes_of, spans_of, trace_of
from server import wait_until

TELEMETRYGEN = pathlib.Path(sys.prefix) / "bin/telemetrygen"
TRACES = 20


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_traces(server, protocol):
    service = f"generated-{protocol}"
    target = (
        ["--otlp-endpoint", server.otlp_target]
        if protocol == "grpc"
        else ["--otlp-endpoint", server.otlp_url.removeprefix("http://"), "--otlp-http"]
    )
    command = [
        TELEMETRYGEN,
        "traces",
        *target,
        "--otlp-insecure",
        "--rate",
        "0",
        "--traces",
        str(TRACES),
        "--child-spans",
        "2",
        "--status-code",
        "Error",
        "--service",
        service,
        "--telemetry-attributes",
        'shop.item="täxt"',
        "--otlp-attributes",
        'host.name="a"',
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    found = lambda: json.loads(
        server.get(f"/api/search?limit=100&q=%7Bresource.service.name=%22{service}%22%7D")[1]
    )["traces"]
    wait_until(lambda: len(found()) == TRACES, 20, lambda: f"{TRACES} traces, not {len(found())}")
    for trace in found():
        spans = spans_of(trace_of(server, trace["traceID"]))
        assert len(spans) == 3
        (root,) = [span for span in spans if "parentSpanId" not in span]
        assert {span.get("parentSpanId") for span in spans} == {None, root["spanId"]}
        assert (
            root["name"] == "lets-go"
            and root["kind"] == "SPAN_KIND_CLIENT"
            and root["status"]["code"] == "STATUS_CODE_ERROR"
        )
        assert (
            attributes_of(root)["shop.item"] == "täxt"
            and attributes_of(root["resource"])["host.name"] == "a"
        )
