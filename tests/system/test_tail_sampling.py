"""Tail sampling: what is not kept never becomes part of a block, whatever happens to the server
meanwhile."""

import json
import os
import time

from opentelemetry.proto.trace.v1.trace_pb2 import Status

from otlp import is_stored, new_trace_id, post, request_of, trace_of
from server import wait_until

ERRORS = {"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}}
PAYMENTS = {"name": "payments", "type": "traceql", "traceql": {"query": '{ name = "pay" }'}}


def sampling(*policies, wait="300ms", **more):
    return {
        "overrides": {
            "defaults": {
                "sampling": {"tail": {"decision_wait": wait, "policies": list(policies), **more}}
            }
        }
    }


def send(server, name="span", error=False, trace_id=None):
    trace_id = trace_id or new_trace_id()
    request = request_of((trace_id, os.urandom(8)), name=name)
    if error:
        request.resource_spans[0].scope_spans[0].spans[0].status.code = Status.STATUS_CODE_ERROR
    assert post(server, request.SerializeToString()).status_code == 200
    return trace_id


def decided(server, decision, reason="quiet"):
    return server.metric("vivace_tail_sampling_traces_total", decision=decision, reason=reason)


def test_traces_are_decided_when_idle(start):
    server = start(sampling(ERRORS, PAYMENTS))
    failed, paid, plain = send(server, error=True), send(server, "pay"), send(server)
    assert is_stored(
        server, plain
    )  # until it is decided, and until a block is cut, everything can be found
    wait_until(
        lambda: decided(server, "sampled") == 2 and decided(server, "not_sampled") == 1,
        10,
        "three decisions",
    )
    assert (
        server.metric(
            "vivace_tail_sampling_policy_traces_total", policy="payments", decision="sampled"
        )
        == 1
    )
    late = send(server, error=True, trace_id=plain)
    server.flush()
    assert is_stored(server, failed) and is_stored(server, paid) and trace_of(server, late) is None
    assert server.block_objects() == 2
    assert server.metric("vivace_tail_sampling_dropped_spans_total") == 2
    assert server.metric("vivace_tail_sampling_late_spans_total", decision="not_sampled") == 1
    server.restart()
    assert is_stored(server, failed) and trace_of(server, plain) is None


def test_a_flush_does_not_wait(start):
    """Nor does a server write a block when nothing is sampled."""
    server = start(sampling(ERRORS, wait="1h"))
    plain = send(server)
    began = time.monotonic()
    server.flush()
    assert time.monotonic() - began < 5 and decided(server, "not_sampled", "early") == 1
    assert trace_of(server, plain) is None and not server.block_directories()
    failed = send(server, error=True)
    server.flush()
    assert is_stored(server, failed) and server.block_objects() == 1
    server.restart()
    assert is_stored(server, failed) and trace_of(server, plain) is None


def test_a_crash_before_the_decision(start):
    """Undecided traces are in the WAL, and are decided by the next process."""
    server = start(sampling(ERRORS, wait="1s"))
    failed, plain = send(server, error=True), send(server)
    server.kill9()
    server.start()
    assert is_stored(server, plain)
    wait_until(
        lambda: decided(server, "sampled") == 1 and decided(server, "not_sampled") == 1,
        10,
        "two decisions",
    )
    server.flush()
    assert is_stored(server, failed) and trace_of(server, plain) is None


def test_tenants_have_their_own_policies(start, tmp_path):
    """A file with an invalid policy leaves the old ones in force."""
    file = tmp_path / "overrides.yaml"
    write = lambda policy: file.write_text(
        json.dumps({"overrides": {"picky": {"sampling": {"tail": {"policies": [policy]}}}}})
    )
    write(ERRORS)
    overrides = {"per_tenant_override_config": str(file), "per_tenant_override_period": "50ms"}
    server = start({"multitenancy_enabled": True, "overrides": overrides})
    ids = {}
    for tenant in ("picky", "other"):
        ids[tenant] = new_trace_id()
        assert (
            post(
                server,
                request_of((ids[tenant], os.urandom(8))).SerializeToString(),
                X_Scope_OrgID=tenant,
            ).status_code
            == 200
        )
    write({"name": "bad", "type": "traceql", "traceql": {"query": "{"}})
    wait_until(
        lambda: 'sampling.tail.policies \\"bad\\": parse error' in server.log(),
        10,
        "a log line about the query",
    )
    server.flush()
    found = lambda tenant: server.get(
        f"/api/traces/{ids[tenant].hex()}", {"X-Scope-OrgID": tenant}
    )[0]
    assert (found("picky"), found("other")) == (404, 200)


def test_bad_policies_stop_the_start(new_server):
    server = new_server(sampling({"name": "odd", "type": "magic"})).launch()
    assert server.process.wait(30) != 0
    server.process = None
    problem = 'sampling.tail.policies "odd": unknown sampling policy type "magic", known: always_s'
    assert problem in server.log().replace('\\"', '"')
