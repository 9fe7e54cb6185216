"""OTLP requests made by hand, and traces as the query API answers them."""

import base64
import json
import os
import time

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def new_trace_id():
    return os.urandom(16)


def request_of(*ids, name="span", attributes=None):
    """An export request of one span for each (trace id, span id)."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    service = resource_spans.resource.attributes.add(key="service.name")
    service.value.string_value = "tests"
    scope_spans = resource_spans.scope_spans.add()
    now = time.time_ns()
    for trace_id, span_id in ids:
        span = scope_spans.spans.add(trace_id=trace_id, span_id=span_id, name=name)
        span.start_time_unix_nano, span.end_time_unix_nano = now - 1_000_000, now
        for key, value in (attributes or {}).items():
            span.attributes.add(key=key).value.string_value = value
    return request


def json_request(trace_id, span_id):
    """The same as OTLP/JSON text; the ids are hexadecimal digits."""
    now = time.time_ns()
    span = {
        "traceId": trace_id,
        "spanId": span_id,
        "name": "json",
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 1),
    }
    service = {"key": "service.name", "value": {"stringValue": "tests"}}
    return json.dumps(
        {
            "resourceSpans": [
                {"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}
            ]
        }
    )


def post(server, body, content_type=PROTOBUF, timeout=30, **headers):
    """POST /v1/traces; header names with underscores for hyphens."""
    fields = {
        "Content-Type": content_type,
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    return requests.post(server.otlp_url + "/v1/traces", data=body, headers=fields, timeout=timeout)


def rejected_spans(answer):
    """The rejected_spans of an HTTP answer in protobuf."""
    response = ExportTraceServiceResponse()
    response.ParseFromString(answer.content)
    return response.partial_success.rejected_spans


def trace_of(server, trace_id, get=None, statuses=(200,)):
    """The answer of /api/traces/{id} as a dictionary, None where it is not found. The id is bytes
    or hexadecimal digits. `statuses`: what else is expected; 206 where a damaged block may have
    more of it."""
    digits = trace_id.hex() if isinstance(trace_id, bytes) else trace_id
    answer = (get or requests.get)(f"{server.url}/api/traces/{digits}", timeout=30)
    if answer.status_code == 404:
        return None
    assert answer.status_code in statuses, (digits, answer.status_code, answer.text[:300])
    return answer.json()


def spans_of(trace):
    """The spans of an answer, each with its "resource" and "scope"; none of None."""
    return [
        {**span, "resource": batch.get("resource", {}), "scope": scope.get("scope", {})}
        for batch in (trace or {}).get("batches", [])
        for scope in batch.get("scopeSpans", [])
        for span in scope.get("spans", [])
    ]


def attributes_of(node):
    """The attributes of a span, resource, event or link as {key: value}, values as Python has
    them."""
    return {a["key"]: plain(a["value"]) for a in node.get("attributes", [])}


def plain(value):
    """An AnyValue of JSON as a Python value."""
    ((kind, content),) = value.items() if value else [("none", None)]
    if kind == "intValue":
        return int(content)
    if kind == "arrayValue":
        return [plain(v) for v in content.get("values", [])]
    if kind == "kvlistValue":
        return attributes_of({"attributes": content.get("values", [])})
    return base64.b64decode(content) if kind == "bytesValue" else content


def any_value(value):
    """A Python value as an AnyValue of JSON: the inverse of plain."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        special = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
        return {"doubleValue": "NaN" if value != value else special.get(value, value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"stringValue": value}


def is_stored(server, trace_id, spans=1):
    return len(spans_of(trace_of(server, trace_id))) == spans


def assert_exact(server, traces, statuses=(200,)):
    """Every (id, acknowledged, unacknowledged): all acknowledged spans are there, none twice, and
    none that nobody sent. `statuses`: as of trace_of."""
    session = requests.Session()
    wrong = []
    for trace_id, acknowledged, unacknowledged in traces:
        if acknowledged == 0:
            continue
        trace = trace_of(server, trace_id, session.get, statuses)
        ids = [span["spanId"] for span in spans_of(trace)]
        if not acknowledged <= len(ids) <= acknowledged + unacknowledged or len(set(ids)) != len(
            ids
        ):
            wrong.append(
                f"{trace_id}: {acknowledged} acknowledged, {len(ids)} found, "
                f"{len(ids) - len(set(ids))} of them twice"
            )
    assert not wrong, f"{len(wrong)} of {len(traces)} traces differ:\n" + "\n".join(wrong[:20])
