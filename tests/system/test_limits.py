"""Limits of tenants: reported to the sender by every receiver, counted by reason, changed while the
server runs."""

import itertools
import json
import os
import time

import grpc
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from otlp import new_trace_id, post, rejected_spans, request_of, trace_of
from server import SANITIZED, free_ports, wait_until

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
RATES = itertools.count(
    10**9 + 1
)  # all different, so that a test can tell when a file has been read


@pytest.fixture
def limited(start, tmp_path):
    """A server of many tenants with every receiver, and a function that changes the file of their
    limits."""
    file = tmp_path / "overrides.yaml"

    def write(tenants):
        text = tenants if isinstance(tenants, str) else json.dumps({"overrides": tenants})
        file.with_suffix(".new").write_text(text)
        file.with_suffix(".new").rename(file)

    write({})
    thrift_http, zipkin, jaeger_grpc = free_ports(3)
    jaeger = {
        "thrift_http": {"endpoint": f"127.0.0.1:{thrift_http}"},
        "grpc": {"endpoint": f"127.0.0.1:{jaeger_grpc}"},
    }
    server = start(
        {
            "multitenancy_enabled": True,
            "distributor": {
                "receivers": {
                    "jaeger": {"protocols": jaeger},
                    "zipkin": {"endpoint": f"127.0.0.1:{zipkin}"},
                }
            },
            "overrides": {
                "per_tenant_override_config": str(file),
                "per_tenant_override_period": "50ms",
            },
        }
    )
    server.zipkin_url, server.jaeger_url = (
        f"http://127.0.0.1:{zipkin}/api/v2/spans",
        f"http://127.0.0.1:{thrift_http}/api/traces",
    )
    server.jaeger_target = f"127.0.0.1:{jaeger_grpc}"
    server.write_limits = write
    return server


def high_limits(**more):
    return {"rate_limit_bytes": next(RATES), "burst_size_bytes": 10**9, **more}


def limits_of(server, tenant):
    return requests.get(f"{server.url}/status/overrides/{tenant}", timeout=10).text


def set_limits(server, tenants):
    """Writes the file and waits until it is in force."""
    server.write_limits(tenants)
    for tenant, limits in tenants.items():
        rate = limits["ingestion"]["rate_limit_bytes"]
        wait_until(
            lambda: f"rate_limit_bytes: {rate}\n" in limits_of(server, tenant),
            10,
            f"the limits of {tenant}",
        )


def send(server, tenant, spans=1, trace_id=None):
    ids = [(trace_id or new_trace_id(), os.urandom(8)) for _ in range(spans)]
    return post(server, request_of(*ids).SerializeToString(), X_Scope_OrgID=tenant)


def refused(server, tenant, reason):
    return server.metric("tempo_discarded_spans_total", tenant=tenant, reason=reason) or 0


def test_every_receiver_reports_the_rate_limit(limited):
    set_limits(limited, {"slow": {"ingestion": {"rate_limit_bytes": 1, "burst_size_bytes": 10}}})
    answer = send(limited, "slow")
    assert answer.status_code == 429 and b"RATE_LIMITED: batch size (" in answer.content
    with grpc.insecure_channel(limited.otlp_target) as channel:
        export = channel.unary_unary(
            EXPORT,
            ExportTraceServiceRequest.SerializeToString,
            ExportTraceServiceResponse.FromString,
        )
        with pytest.raises(grpc.RpcError) as error:
            export(
                request_of((new_trace_id(), os.urandom(8))),
                metadata=[("x-scope-orgid", "slow")],
                timeout=10,
            )
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    span = [{"traceId": "1", "id": "1", "timestamp": 1, "name": "x"}]
    answer = requests.post(
        limited.zipkin_url, json=span, headers={"X-Scope-OrgID": "slow"}, timeout=10
    )
    assert answer.status_code == 429 and answer.text.startswith("RATE_LIMITED: ")
    thrift = bytes.fromhex(
        "0c0001"
        "0b000100000001"
        "73"
        "00"
        "0f0002"
        "0c00000001"
        "0a0001"
        "0000000000000001"
        "0a0003"
        "0000000000000001"
        "00"
        "00"
    )
    headers = {"X-Scope-OrgID": "slow", "Content-Type": "application/x-thrift"}
    answer = requests.post(limited.jaeger_url, data=thrift, headers=headers, timeout=10)
    assert answer.status_code == 429 and answer.text.startswith(
        "Cannot submit Jaeger batch: RATE_LIMITED: "
    )
    assert (
        requests.post(
            limited.jaeger_url,
            data=thrift,
            headers={**headers, "X-Scope-OrgID": "other"},
            timeout=10,
        ).status_code
        == 202
    )
    assert refused(limited, "slow", "rate_limited") == 4
    assert send(limited, "other").status_code == 200
    page = requests.get(f"{limited.url}/status/overrides", timeout=10).text
    assert "| slow " in page and "| other " in page


def test_live_trace_and_trace_size_limits_are_reported(limited):
    set_limits(
        limited,
        {
            "few": {"ingestion": high_limits(max_traces_per_user=3)},
            "small": {"ingestion": high_limits(), "global": {"max_bytes_per_trace": 2000}},
        },
    )
    answer = send(limited, "few", spans=5)
    assert answer.status_code == 200 and rejected_spans(answer) == 2
    assert b"LIVE_TRACES_EXCEEDED" in answer.content
    answer = send(limited, "few")
    assert answer.status_code == 429 and b"LIVE_TRACES_EXCEEDED" in answer.content
    assert refused(limited, "few", "live_traces_exceeded") == 3
    trace_id = new_trace_id()
    answers = [send(limited, "small", spans=5, trace_id=trace_id) for _ in range(8)]
    assert answers[0].status_code == 200 and answers[-1].status_code == 429
    assert b"TRACE_TOO_LARGE" in answers[-1].content
    assert send(limited, "small").status_code == 200


def test_a_broken_file_changes_nothing(limited):
    set_limits(limited, {"a": {"ingestion": {"rate_limit_bytes": 7, "burst_size_bytes": 7}}})
    is_good = lambda: limited.metric(
        "tempo_runtime_config_last_reload_successful", config="overrides"
    )
    for broken in ("overrides: [", json.dumps({"overrides": {"a": {"nonsense": 1}}})):
        limited.write_limits(broken)
        wait_until(lambda: is_good() == 0, 10, "the reading of the broken file")
        assert send(limited, "a").status_code == 429
        assert "rate_limit_bytes: 7\n" in limits_of(limited, "a")
        set_limits(limited, {"a": {"ingestion": {"rate_limit_bytes": 7, "burst_size_bytes": 7}}})
        wait_until(lambda: is_good() == 1, 10, "the reading of the good file")
    set_limits(limited, {"a": {"ingestion": high_limits()}})
    wait_until(lambda: send(limited, "a").status_code == 200, 10, "the new limits")


def test_flat_overrides_and_the_wildcard(limited):
    limited.write_limits({"*": {"ingestion_rate_limit_bytes": 3, "ingestion_burst_size_bytes": 3}})
    wait_until(
        lambda: "rate_limit_bytes: 3\n" in limits_of(limited, "anybody"), 10, "the limits of all"
    )
    assert send(limited, "anybody").status_code == 429
    assert '"*":' in requests.get(f"{limited.url}/status/runtime_config?mode=diff", timeout=10).text


def test_attributes_are_cut_per_tenant(limited):
    set_limits(limited, {"short": {"ingestion": high_limits(max_attribute_bytes=10)}})
    for tenant, length in (("short", 10), ("long", 100)):
        trace_id = new_trace_id()
        request = request_of((trace_id, os.urandom(8)), attributes={"k": "x" * 100})
        assert post(limited, request.SerializeToString(), X_Scope_OrgID=tenant).status_code == 200
        get = lambda url, **options: requests.get(url, headers={"X-Scope-OrgID": tenant}, **options)
        assert json.dumps(trace_of(limited, trace_id, get)).count("x") >= length
        assert ("x" * 11 in json.dumps(trace_of(limited, trace_id, get))) == (length > 10)


@pytest.mark.parametrize(
    "header, text",
    [
        (None, "no org id"),
        ("a b", "unsupported character"),
        ("..", "tenant ID is"),
        ("x" * 151, "too long"),
        ("a|", "no org id"),
    ],
)
def test_a_missing_or_malformed_tenant_is_unauthenticated_everywhere(limited, header, text):
    headers = {} if header is None else {"X-Scope-OrgID": header}
    metadata = [(key.lower(), value) for key, value in headers.items()]
    for url in (limited.zipkin_url, limited.jaeger_url):
        answer = requests.post(
            url, data="[]", headers={**headers, "Content-Type": "application/x-thrift"}, timeout=10
        )
        assert answer.status_code == 401 and text in answer.text, (url, answer.text)
    answer = requests.post(
        limited.otlp_url + "/v1/traces",
        data=b"",
        headers={**headers, "Content-Type": "application/x-protobuf"},
        timeout=10,
    )
    assert answer.status_code == 401 and text in answer.content.decode("latin-1")
    for path in (
        "/api/search",
        "/api/traces/1",
        "/api/v2/traces/1",
        "/api/search/tags",
        "/api/metrics/query_range",
    ):
        answer = requests.get(limited.url + path, headers=headers, timeout=10)
        assert answer.status_code == 401 and text in answer.text, (path, answer.text)
    for target, method in (
        (limited.otlp_target, EXPORT),
        (limited.jaeger_target, "/jaeger.api_v2.CollectorService/PostSpans"),
    ):
        with grpc.insecure_channel(target) as channel, pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(method)(b"", metadata=metadata, timeout=10)
        assert (
            error.value.code() == grpc.StatusCode.UNAUTHENTICATED and text in error.value.details()
        )
    with grpc.insecure_channel(f"127.0.0.1:{limited.http_port}") as channel, pytest.raises(
        grpc.RpcError
    ) as error:
        list(
            channel.unary_stream("/tempopb.StreamingQuerier/Search")(
                b"", metadata=metadata, timeout=10
            )
        )
    assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_spans_are_logged_as_configured(start):
    server = start(
        {
            "distributor": {
                "log_received_spans": {"enabled": True, "include_all_attributes": True},
                "log_discarded_spans": {"enabled": True},
            },
            "overrides": {"defaults": {"ingestion": {"max_traces_per_user": 1}}},
        }
    )
    first, second = new_trace_id(), new_trace_id()
    request = request_of(
        (first, os.urandom(8)), (second, os.urandom(8)), attributes={"http.path": "/a b"}
    )
    post(server, request.SerializeToString())
    wait_until(lambda: "msg=discarded" in server.log(), 10, "the lines")
    received = next(
        line for line in server.log().splitlines() if "msg=received" in line and first.hex() in line
    )
    assert (
        'span_service_name=tests span_http_path="/a b" span_name=span '
        "span_duration_seconds=0.001 span_kind=unspecified span_status=unset" in received
    )
    discarded = next(line for line in server.log().splitlines() if "msg=discarded" in line)
    assert (
        "push_error_reason=live_traces_exceeded tenant=single-tenant" in discarded
        and second.hex() in discarded
    )


def test_head_sampling_takes_a_share_of_the_traces(start):
    server = start({"overrides": {"defaults": {"sampling": {"head_percentage": 30}}}})
    traces = [new_trace_id() for _ in range(1000)]
    answer = post(
        server, request_of(*((trace_id, os.urandom(8)) for trace_id in traces)).SerializeToString()
    )
    assert answer.status_code == 200 and rejected_spans(answer) == 0
    left_out = server.metric("vivace_sampled_out_spans_total", tenant="single-tenant")
    assert 600 < left_out < 800
    taken = [trace_id for trace_id in traces[:40] if trace_of(server, trace_id)]
    assert taken == [
        trace_id for trace_id in traces[:40] if int.from_bytes(trace_id[9:], "big") >= 0.7 * 2**56
    ]


def test_artificial_delay(start):
    """Answers wait, spans do not; and a server that stops answers at once."""
    server = start({"distributor": {"artificial_delay": "300ms"}})
    trace_id = new_trace_id()
    began = time.monotonic()
    assert (
        post(server, request_of((trace_id, os.urandom(8))).SerializeToString()).status_code == 200
    )
    assert time.monotonic() - began >= 0.27
    assert trace_of(server, trace_id) is not None
    assert server.metric("tempo_distributor_added_latency_seconds_count") == 1


def test_a_hundred_thousand_tenants(new_server, tmp_path):
    """Each costs less than 4 KB, also after the file has changed."""
    tenants, kilobytes_max = 100_000, 4 * (3 if SANITIZED else 1)
    file = tmp_path / "overrides.yaml"
    write = lambda rate: file.write_text(
        json.dumps(
            {
                "overrides": {
                    f"tenant-{i}": {"ingestion": high_limits(rate_limit_bytes=rate + i)}
                    for i in range(tenants)
                }
            }
        )
    )
    memory = lambda server: int(
        next(
            line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmRSS")
        ).split()[1]
    )
    overrides = {"per_tenant_override_config": str(file), "per_tenant_override_period": "1s"}
    file.write_text("{}")
    server = new_server({"multitenancy_enabled": True, "overrides": overrides}).start()
    alone = memory(server)
    for rate in (10**9, 2 * 10**9):
        write(rate)
        wait_until(
            lambda: f"rate_limit_bytes: {rate + tenants - 1}\n"
            in limits_of(server, f"tenant-{tenants - 1}"),
            60,
            "the limits of the last tenant",
        )
        assert send(server, "tenant-7").status_code == 200
        wait_until(
            lambda: memory(server) - alone < tenants * kilobytes_max,
            20,
            lambda: f"{(memory(server) - alone) / tenants} KB per tenant",
        )
