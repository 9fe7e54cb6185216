"""A trace of 100,000 spans in 80,000 scopes or services is taken, stored, found and searched in
time linear in its spans: four times the spans cost about four times the server's CPU, wherever they
lie."""

import struct
import time
import urllib.parse

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from otlp import new_trace_id, post
from server import SANITIZED, at, merged

SPANS = 5_000 if SANITIZED else 25_000
FACTOR = 4
# Linear work costs FACTOR times as much, and more where it leaves the processor's caches; quadratic
# work FACTOR times that.
GROWTH_MAX = 2 * FACTOR
# CPU below this grows by what the caches hold: a figure counts for at least so much.
LEAST_SECONDS = 0.05
RUNS = 2
UNLIMITED = merged(
    at("overrides.defaults.global.max_bytes_per_trace", 0),
    at("query_frontend.search.default_spans_per_span_set", 100),
)
START = time.time_ns() - 60 * 10**9
QUERIES = (
    '{ name = "op3" }',
    "{} >> { status = error }",
    "{ kind = server } ~ { status = error }",
    "{} | by(resource.service.name) | count() > 0",
    "{ kind = server } | select(span.number, resource.service.name)",
)


def span_id(number):
    return struct.pack(">Q", number + 1)


def scope_of_service(request, number):
    """The spans of a service of its own."""
    resource_spans = request.resource_spans.add()
    service = resource_spans.resource.attributes.add(key="service.name")
    service.value.string_value = f"service{number}"
    return resource_spans.scope_spans.add()


def scope_of_shared_resource(request, number):
    """The spans of a scope of its own, in one resource."""
    if not request.resource_spans:
        request.resource_spans.add().resource.attributes.add(
            key="service.name"
        ).value.string_value = "tests"
    scope_spans = request.resource_spans[0].scope_spans.add()
    scope_spans.scope.name = f"scope{number}"
    return scope_spans


def request_of_part(trace_id, spans, numbers, new_scope):
    """The spans `numbers` of a trace of `spans`: four of five open a scope, each has up to eight
    children."""
    request = ExportTraceServiceRequest()
    for number in numbers:
        span = new_scope(request, number % (spans * 4 // 5)).spans.add(
            trace_id=trace_id,
            span_id=span_id(number),
            parent_span_id=span_id((number - 1) // 8) if number > 0 else b"",
            name=f"op{number % 10}",
            kind=2 + number % 2,
            start_time_unix_nano=START + number,
            end_time_unix_nano=START + number + 1000,
        )
        span.status.code = 2 if number % 50 == 7 else 0
        span.attributes.add(key="number").value.int_value = number % 5
    return request.SerializeToString()


class Measured:
    """CPU seconds of a server by what it was asked to do, the least of RUNS where it can be asked
    again."""

    def __init__(self, server, spans):
        self.server, self.spans, self.seconds = server, spans, {}

    def once(self, name, action):
        before = self.server.metric("process_cpu_seconds_total")
        result = action()
        used = self.server.metric("process_cpu_seconds_total") - before
        self.seconds[name] = used
        return result

    def least(self, name, action):
        used = []
        for _ in range(RUNS):
            result = self.once(name, action)
            used.append(self.seconds[name])
        self.seconds[name] = min(used)
        return result

    def get(self, path, accept="application/json", **parameters):
        status, body = self.server.get(
            f"{path}?{urllib.parse.urlencode(parameters)}", {"Accept": accept}, timeout=120
        )
        assert status == 200, (path, parameters, status, body[:300])
        return body

    def push(self, trace_id, numbers, new_scope):
        body = request_of_part(trace_id, self.spans, numbers, new_scope)
        answer = self.once("push", lambda: post(self.server, body, timeout=120))
        assert answer.status_code == 200, answer.text

    def ask_all(self, where, trace_id):
        """Every kind of question about the trace that lies at `where`."""
        v1, v2 = f"/api/traces/{trace_id.hex()}", f"/api/v2/traces/{trace_id.hex()}"
        protobuf = "application/protobuf"
        json_v1 = self.least(f"v1, {where}", lambda: self.server.get(v1, timeout=120)[1])
        proto_v1 = self.least(f"v1 protobuf, {where}", lambda: self.get(v1, protobuf))
        json_v2 = self.least(f"v2, {where}", lambda: self.get(v2))
        proto_v2 = self.least(f"v2 protobuf, {where}", lambda: self.get(v2, protobuf))
        trace = TracesData.FromString(proto_v1)
        found = sum(len(s.spans) for r in trace.resource_spans for s in r.scope_spans)
        assert found == self.spans
        assert json_v1.count(b'"spanId"') == json_v2.count(b'"spanId"') == self.spans
        assert proto_v1 in proto_v2
        window = {"start": START // 10**9 - 60, "end": START // 10**9 + 60}
        for query in QUERIES:
            answer = self.least(
                f"{query}, {where}", lambda: self.get("/api/search", q=query, **window)
            )
            assert trace_id.hex().lstrip("0").encode() in answer, (query, answer[:300])
        compare = "{} | compare({ status = error })"
        answer = self.least(
            f"compare(), {where}",
            lambda: self.get("/api/metrics/query_range", q=compare, step="60s", **window),
        )
        assert b"selection_total" in answer


def measure(server, spans, new_scope):
    measured = Measured(server, spans)
    trace_id = new_trace_id()
    measured.push(trace_id, range(spans), new_scope)
    measured.ask_all("live", trace_id)
    measured.once("flush", server.flush)
    measured.ask_all("in a block", trace_id)
    spread, thirds = new_trace_id(), [spans * i // 3 for i in range(4)]
    for part in range(3):
        measured.push(spread, range(thirds[part], thirds[part + 1]), new_scope)
        if part < 2:
            server.flush()
    measured.ask_all("in two blocks and live", spread)
    return measured.seconds


@pytest.mark.parametrize("new_scope", [scope_of_shared_resource, scope_of_service])
def test_cost_of_a_trace_is_linear_in_its_spans(start, new_scope):
    few = measure(start(UNLIMITED), SPANS, new_scope)
    many = measure(start(UNLIMITED), FACTOR * SPANS, new_scope)
    grown = {
        name: f"{few[name]:.3f} s, then {many[name]:.3f} s"
        for name in few
        if many[name] > GROWTH_MAX * max(few[name], LEAST_SECONDS)
    }
    assert not grown
