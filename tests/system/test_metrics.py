"""/metrics: Tempo's names for what works, the process itself, and the names that common dashboards
ask for."""

import requests

from otlp import new_trace_id, post, request_of

REQUESTS = "tempo_request_duration_seconds_count"


def send(server, load, spans):
    """The acknowledged traces, and how many spans they have."""
    run = load(server, spans=spans)
    assert run.finish() == 0, run.output
    return run.traces(), run.figures()["spans"]


def look_up(server, traces):
    for trace_id, _, _ in traces:
        assert server.get(f"/api/traces/{trace_id}")[0] == 200


def test_metrics_count_requests(start, load):
    server = start()
    traces, spans = send(server, load, 500)
    look_up(server, traces[:3])
    assert server.get(f"/api/traces/{'f' * 32}")[0] == 404
    server.flush()
    assert server.metric("tempo_distributor_spans_received_total", tenant="single-tenant") == spans
    assert (
        server.metric(
            "tempo_receiver_accepted_spans", receiver="otlp/otlp_receiver", transport="grpc"
        )
        == spans
    )
    assert server.metric("tempo_receiver_refused_spans") == 0
    pushes = server.metric("tempo_distributor_push_duration_seconds_count")
    assert pushes > 0
    assert (
        server.metric(
            REQUESTS, method="gRPC", route="/tempopb.Pusher/PushBytesV2", status_code="success"
        )
        == pushes
    )
    assert server.metric(REQUESTS, route="api_traces_traceid", status_code="200") == 3
    assert server.metric(REQUESTS, route="api_traces_traceid", status_code="404") == 1
    assert (
        server.metric(
            "tempo_query_frontend_queries_total",
            tenant="single-tenant",
            op="traces",
            result="completed",
        )
        == 4
    )
    assert server.metric("tempo_ingester_blocks_flushed_total") == 1
    assert server.metric("tempo_ingester_flush_retries_total") == 0


def test_requests_are_counted_once(start):
    server = start()
    for _ in range(5):
        trace_id = new_trace_id()
        request = request_of((trace_id, b"12345678")).SerializeToString()
        assert post(server, request).status_code == 200
    for _ in range(3):
        assert server.get(f"/api/traces/{trace_id.hex()}")[0] == 200
    text = server.get("/metrics")[1].decode()
    counts = [line for line in text.splitlines() if line.startswith(REQUESTS + "{")]
    # As the help text says: names that are for dashboards alone are left out by their label.
    once = sum(float(line.split()[-1]) for line in counts if "alias=" not in line)
    ready = server.metric(REQUESTS, route="ready")
    assert once - ready == 5 + 3, counts
    aliases = [line for line in counts if 'alias="true"' in line]
    for route, number in (("/tempo.Pusher/PushSpans", 5), ("/api/traces/{traceID}", 3)):
        found = [line for line in aliases if f'route="{route}"' in line]
        assert sum(float(line.split()[-1]) for line in found) == number, counts
    (help_text,) = (
        line
        for line in text.splitlines()
        if line.startswith("# HELP tempo_request_duration_seconds ")
    )
    assert "alias" in help_text


def test_aliases_can_be_switched_off(start):
    server = start({"vivace": {"seed_metric_aliases": False}})
    request = request_of((new_trace_id(), b"12345678")).SerializeToString()
    assert post(server, request).status_code == 200
    lines = server.get("/metrics")[1].decode().splitlines()
    assert not [line for line in lines if line.startswith(REQUESTS) and "alias=" in line]


def test_the_process_is_described(start):
    server = start()
    assert 1e7 < server.metric("process_resident_memory_bytes") < 1e9
    assert server.metric("process_cpu_seconds_total") > 0
    assert 3 < server.metric("process_open_fds") < server.metric("process_max_fds")
    assert server.metric("process_start_time_seconds") > 1.7e9


def test_metric_aliases_for_dashboards(start, load):
    server = start()
    traces, _ = send(server, load, 200)
    look_up(server, traces[:2])
    server.flush()
    assert server.metric(REQUESTS, route="/tempo.Pusher/PushSpans", status_code="success") > 0
    assert server.metric(REQUESTS, route="/api/traces/{traceID}", status_code="200") == 2
    assert server.metric("tempo_ingester_blocks_total") == 1


def test_metric_aliases_can_be_disabled(start, load):
    server = start({"vivace": {"seed_metric_aliases": False}})
    send(server, load, 200)
    server.flush()
    assert server.metric(REQUESTS, route="/tempopb.Pusher/PushBytesV2") > 0
    names = server.get("/metrics")[1].decode()
    assert "/tempo.Pusher/PushSpans" not in names
    assert "tempo_ingester_blocks_total" not in names


def test_methods_are_not_labels_without_end(start):
    server = start()
    for number in range(20):
        requests.request(f"METHOD{number}", server.url + "/api/search", timeout=10)
    text = requests.get(server.url + "/metrics", timeout=10).text
    assert "METHOD" not in text and 'method="other"' in text
