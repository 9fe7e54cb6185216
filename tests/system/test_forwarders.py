"""Copies of spans for other backends: another Vivace, one behind mutual TLS, one that comes late,
and one that never answers."""

import json
import os
import time
from concurrent import futures

import grpc
import pytest

from certificates import make_certificates
from otlp import attributes_of, is_stored, new_trace_id, post, request_of, spans_of, trace_of
from server import free_ports, wait_until

SECONDS = 30
SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


def forwarder_config(*endpoints, name="copy", filters=None, tls=None):
    """The configuration of a server whose tenants' spans all go to the endpoints as well."""
    forwarder = {
        "name": name,
        "backend": "otlpgrpc",
        "otlpgrpc": {"endpoints": list(endpoints), "tls": tls or {"insecure": True}},
    }
    if filters:
        forwarder["filter"] = {"traces": filters}
    return {
        "distributor": {"forwarders": [forwarder]},
        "overrides": {"defaults": {"forwarders": [name, "unknown"]}},
    }


def send(server, trace_id, name="span", **headers):
    request = request_of((trace_id, os.urandom(8)), name=name)
    for event in ("keep", "drop"):
        request.resource_spans[0].scope_spans[0].spans[0].events.add(
            name=event, time_unix_nano=time.time_ns()
        )
    answer = post(server, request.SerializeToString(), **headers)
    assert answer.status_code == 200, answer.text


def pushes(server, failed=False):
    return server.metric(
        f"tempo_distributor_queue_pushes{'_failures' if failed else ''}_total", name="copy"
    )


def test_copies_are_filtered(start):
    """Two endpoints get all that the filter keeps; local storage is unfiltered."""
    others = [start(), start()]
    filters = {
        "span": ['name == "health" and resource.attributes["service.name"] == "tests"'],
        "spanevent": ['name == "drop"'],
    }
    server = start(forwarder_config(*(other.otlp_target for other in others), filters=filters))
    kept, dropped = new_trace_id(), new_trace_id()
    send(server, dropped, name="health")
    send(server, kept)
    for other in others:
        wait_until(lambda: is_stored(other, kept), SECONDS, "the copy")
        (copy,), (original,) = spans_of(trace_of(other, kept)), spans_of(trace_of(server, kept))
        assert [event["name"] for event in copy["events"]] == ["keep"] and [
            event["name"] for event in original["events"]
        ] == ["keep", "drop"]
        assert (
            attributes_of(copy["resource"]) == attributes_of(original["resource"])
            and copy["spanId"] == original["spanId"]
        )
        assert trace_of(other, dropped) is None
    assert 'limits name a forwarder that is not configured" forwarder=unknown' in server.log()
    assert is_stored(server, dropped) and pushes(server) == 1 and pushes(server, failed=True) == 0


def test_tenants_choose(start, tmp_path):
    """The tenant goes along, and one without the forwarder sends no copies."""
    other = start({"multitenancy_enabled": True})
    file = tmp_path / "overrides.yaml"
    file.write_text(json.dumps({"overrides": {"private": {"forwarders": []}}}))
    config = forwarder_config(other.otlp_target) | {"multitenancy_enabled": True}
    config["overrides"]["per_tenant_override_config"] = str(file)
    server = start(config)
    private, shared = new_trace_id(), new_trace_id()
    send(server, private, X_Scope_OrgID="private")
    send(server, shared, X_Scope_OrgID="acme")
    found = (
        lambda trace_id, tenant: other.get(
            f"/api/traces/{trace_id.hex()}", {"X-Scope-OrgID": tenant}
        )[0]
        == 200
    )
    wait_until(lambda: found(shared, "acme"), SECONDS, "the copy")
    assert not found(private, "private") and pushes(server) == 1


def test_over_mutual_tls(start, tmp_path):
    make_certificates(tmp_path)
    files = {
        name: str(tmp_path / name)
        for name in ("ca.crt", "server.crt", "server.key", "client.crt", "client.key")
    }
    (port,) = free_ports(1)
    tls = {
        "cert_file": files["server.crt"],
        "key_file": files["server.key"],
        "client_ca_file": files["ca.crt"],
    }
    other = start(
        {
            "distributor": {
                "receivers": {
                    "otlp/tls": {
                        "protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}", "tls": tls}}
                    }
                }
            }
        }
    )
    client = {
        "cert_file": files["ca.crt"],
        "client_cert_file": files["client.crt"],
        "client_key_file": files["client.key"],
    }
    server = start(forwarder_config(f"localhost:{port}", tls=client))
    trace_id = new_trace_id()
    send(server, trace_id)
    wait_until(lambda: is_stored(other, trace_id), SECONDS, "the copy")


def test_a_backend_that_comes_late(start, new_server):
    """Spans are stored at once and delivered when the backend is there."""
    other = new_server()
    server = start(forwarder_config(other.otlp_target))
    trace_id = new_trace_id()
    send(server, trace_id)
    assert is_stored(server, trace_id)
    other.start()
    wait_until(lambda: is_stored(other, trace_id), SECONDS, "the copy")
    assert pushes(server, failed=True) == 0


@pytest.fixture
def silent_backend():
    """An OTLP endpoint that takes requests and never answers."""

    def never(request, context):
        while context.is_active():
            time.sleep(0.05)

    pool = futures.ThreadPoolExecutor(8)
    backend = grpc.server(pool)
    method = grpc.unary_unary_rpc_method_handler(never)
    backend.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {"Export": method}),)
    )
    port = backend.add_insecure_port("127.0.0.1:0")
    backend.start()
    yield f"127.0.0.1:{port}"
    backend.stop(0)
    pool.shutdown()


def test_a_backend_that_never_answers(start, silent_backend):
    """The queue fills, copies are dropped and counted, storing goes on, and shutdown does not wait
    forever."""
    server = start(forwarder_config(silent_backend))
    ids = [new_trace_id() for _ in range(110)]
    for trace_id in ids:
        send(server, trace_id)
    assert all(is_stored(server, trace_id) for trace_id in ids)
    assert pushes(server) == 110 and pushes(server, failed=True) >= 110 - 100 - 2
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "change, message",
    [
        ({"backend": "kafka"}, "distributor.forwarders.copy: kafka backend is not supported"),
        (
            {"otlpgrpc": {"endpoints": ["a:1"]}},
            "distributor.forwarders.copy: otlpgrpc.tls.cert_file is empty",
        ),
        (
            {"filter": {"traces": {"span": ["name ~ 1"]}}},
            "distributor.forwarders.copy: condition name ~ 1: unexpected '~' at offset 5",
        ),
    ],
)
def test_bad_forwarders_are_refused(new_server, change, message):
    config = forwarder_config("a:1")
    config["distributor"]["forwarders"][0].update(change)
    server = new_server(config).launch()
    assert server.process.wait(SECONDS) != 0
    server.process = None
    assert message in server.log()
