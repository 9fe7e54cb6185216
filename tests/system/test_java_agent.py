"""OpenTelemetry's Java agent in a Spring Boot application: its spans are found with kinds, parents,
error and exception."""

import os
import pathlib
import subprocess
import sys

import pytest

from otlp import attributes_of, is_stored, spans_of, trace_of
from server import wait_until

FOLDER = pathlib.Path(sys.prefix) / "java"
RUN_SECONDS = 120


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_spring_boot(server, protocol):
    endpoint = f"http://{server.otlp_target}" if protocol == "grpc" else server.otlp_url
    environment = {
        **os.environ,
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=tests",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    (agent,) = FOLDER.glob("opentelemetry-javaagent-*.jar")
    command = ["java", f"-javaagent:{agent}", "-cp", f"{FOLDER}/classes:{FOLDER}/*", "Shop"]
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS
    )
    assert run.returncode == 0 and "declined" in run.stdout, run.stdout[-2000:] + run.stderr[-2000:]
    (trace_id,) = [line.split()[1] for line in run.stdout.splitlines() if line.startswith("trace ")]
    wait_until(
        lambda: is_stored(server, trace_id, spans=4),
        20,
        lambda: f"four spans of {trace_id}: {trace_of(server, trace_id)}",
    )
    assert_purchase(spans_of(trace_of(server, trace_id)))


def assert_purchase(spans):
    """client -> checkout -> client -> charge, which fails."""
    by_id = {span["spanId"]: span for span in spans}
    (charge,) = [span for span in spans if span["name"] == "GET /charge"]
    call = by_id[charge["parentSpanId"]]
    checkout = by_id[call["parentSpanId"]]
    root = by_id[checkout["parentSpanId"]]
    assert [span["kind"] for span in (root, checkout, call, charge)] == [
        "SPAN_KIND_CLIENT",
        "SPAN_KIND_SERVER",
    ] * 2
    assert checkout["name"] == "GET /checkout" and "parentSpanId" not in root
    assert charge["status"]["code"] == "STATUS_CODE_ERROR" and checkout["status"] == {}
    attributes = attributes_of(charge)
    assert attributes["http.response.status_code"] == 500 and attributes["http.route"] == "/charge"
    (event,) = charge["events"]
    assert (
        event["name"] == "exception"
        and attributes_of(event)["exception.message"] == "card declined"
    )
    assert "Shop" in attributes_of(event)["exception.stacktrace"]
    resource = attributes_of(charge["resource"])
    assert (
        resource["service.name"] == "shop"
        and resource["deployment.environment.name"] == "tests"
        and resource["telemetry.sdk.language"] == "java"
    )
