"""/api/overrides: tenants set limits of their own, which hold at once, everywhere they are shown,
and after a restart."""

import json
import os

import pytest
import requests

from otlp import new_trace_id, request_of
from server import wait_until

EMPTY = (
    '{"cost_attribution":{},"metrics_generator":{"processor":'
    '{"service_graphs":{},"span_metrics":{},"host_info":{}}}}'
)
CONFLICT = (
    "tenant has conflicting overrides set in runtime config, "
    "contact your system administrator to perform changes through the API\n"
)


@pytest.fixture
def user_overrides_server(start, tmp_path):
    """A server whose tenants may set limits, and a function that asks it."""

    def make(**api):
        runtime = tmp_path / "runtime.yaml"
        runtime.write_text(
            json.dumps(
                {"overrides": {"managed": {"metrics_generator": {"processors": ["span-metrics"]}}}}
            )
        )
        user = {
            "enabled": True,
            "poll_interval": "100ms",
            "client": {"backend": "local", "local": {"path": str(tmp_path / "user")}},
            "api": api,
        }
        forwarder = {
            "name": "known",
            "backend": "otlpgrpc",
            "otlpgrpc": {"endpoints": ["127.0.0.1:1"], "tls": {"insecure": True}},
        }
        server = start(
            {
                "multitenancy_enabled": True,
                "distributor": {"forwarders": [forwarder]},
                "overrides": {
                    "user_configurable_overrides": user,
                    "per_tenant_override_config": str(runtime),
                },
            }
        )
        return server

    return make


def ask(server, method, tenant="acme", body=None, query="", version=None):
    headers = {"X-Scope-OrgID": tenant} if tenant else {}
    if version is not None:
        headers["If-Match"] = version
    data = json.dumps(body) if isinstance(body, (dict, list)) else body
    return requests.request(
        method, f"{server.url}/api/overrides{query}", data=data, headers=headers, timeout=10
    )


def test_life_of_a_document(user_overrides_server, tmp_path):
    server = user_overrides_server()
    answer = ask(server, "GET")
    assert (answer.status_code, answer.content) == (404, b"")
    answer = ask(server, "POST", body={"forwarders": ["known"]})
    assert (answer.status_code, answer.text) == (428, "must specify If-Match header\n")
    created = ask(server, "POST", body={"forwarders": ["known"]}, version="0")
    assert (created.status_code, created.content) == (200, b"") and created.headers["ETag"]
    read = ask(server, "GET")
    assert (
        read.json()["forwarders"] == ["known"] and read.headers["ETag"] == created.headers["ETag"]
    )
    assert read.headers["Content-Type"] == "application/json"
    patched = ask(
        server,
        "PATCH",
        body={"forwarders": None, "metrics_generator": {"collection_interval": "30s"}},
    )
    assert (
        patched.status_code == 200
        and patched.json() == ask(server, "GET").json()
        and "forwarders" not in patched.json()
    )
    assert patched.headers["ETag"] != created.headers["ETag"]
    late = ask(server, "POST", body={}, version=created.headers["ETag"])
    assert (late.status_code, late.text) == (412, "version does not match\n")
    assert (tmp_path / "user/overrides/acme/overrides.json").read_text() == patched.text
    server.restart()
    assert ask(server, "GET").text == patched.text
    assert ask(server, "DELETE").status_code == 428
    assert ask(server, "DELETE", version=created.headers["ETag"]).status_code == 412
    assert ask(server, "DELETE", version=patched.headers["ETag"]).status_code == 200
    assert (
        ask(server, "GET").status_code == 404
        and ask(server, "DELETE", version="0").status_code == 200
    )


def test_refusals(user_overrides_server):
    server = user_overrides_server()
    refused = lambda *arguments, **options: (lambda answer: (answer.status_code, answer.text))(
        ask(server, *arguments, **options)
    )
    assert refused("GET", query="?scope=x") == (
        400,
        'unknown scope "x", valid options are api and merged\n',
    )
    assert refused(
        "POST", body={}, version="0", query="?skip-conflicting-overrides-check=maybe"
    ) == (400, "could not parse skip-conflicting-overrides-check, must be a boolean value\n")
    status, text = refused("POST", body='{"x":1}', version="0")
    assert status == 400 and text.startswith(
        "client.Limits.ReadObject: found unknown field: x, error found in #4 byte of ...|"
    )
    assert refused("POST", body={"forwarders": ["f"]}, version="0") == (
        400,
        'forwarder "f" is not a known forwarder, contact your system administrator\n',
    )
    assert refused("PATCH", body="{") == (500, "Invalid JSON Patch\n")
    assert refused("GET", tenant=None) == (401, "no org id\n")
    assert refused("GET", tenant="a|b") == (400, "multiple org IDs present\n")
    assert refused("PUT", body={})[0] == 405
    assert refused("GET", tenant="../etc")[0] == 401
    assert refused("POST", body="[" * 100_000, version="0")[0] == 400
    status, text = refused("POST", body=" " * (1 << 20) + "{}", version="0")
    assert (status, text) == (400, "request body of 1048578 bytes exceeds the limit of 1048576\n")


def test_limits_hold_and_are_shown(user_overrides_server):
    server = user_overrides_server()
    assert (
        ask(
            server,
            "POST",
            "managed",
            {"metrics_generator": {"processors": ["service-graphs"]}},
            version="0",
        ).status_code
        == 200
    )
    assert ask(server, "POST", body={"forwarders": ["known"]}, version="0").status_code == 200
    merged = ask(server, "GET", "managed", query="?scope=merged").json()
    assert sorted(merged["metrics_generator"]["processors"]) == ["service-graphs", "span-metrics"]
    page = server.get("/status/runtime_config")[1].decode()
    assert (
        "\n---\nuser_configurable_overrides:\n" in page
        and "service-graphs" in page.partition("user_configurable")[2]
    )
    accept = {"Accept": "application/json"}
    tenants = json.loads(server.get("/status/overrides", accept)[1])["tenants"]
    assert tenants == [
        {"name": "acme", "has_runtime_overrides": False, "has_user_configurable_overrides": True},
        {"name": "managed", "has_runtime_overrides": True, "has_user_configurable_overrides": True},
    ]
    shown = json.loads(server.get("/status/overrides/acme", accept)[1])
    assert (
        "known" in shown["user_configurable_overrides"]
        and shown["using_default_or_wildcard_runtime_overrides"] == "default overrides"
    )
    assert (
        "known" not in shown["runtime_overrides"]
        and "rate_limit_bytes" in shown["runtime_overrides"]
    )
    # A forwarder that a tenant has asked for is used.
    answer = requests.post(
        server.otlp_url + "/v1/traces",
        data=span(),
        headers={"X-Scope-OrgID": "acme", "Content-Type": "application/x-protobuf"},
        timeout=10,
    )
    assert answer.status_code == 200
    wait_until(
        lambda: server.metric("tempo_distributor_queue_pushes_total", name="known", tenant="acme")
        == 1,
        10,
        "the copy",
    )


def span():
    return request_of((new_trace_id(), os.urandom(8))).SerializeToString()


def test_conflicts_and_other_processes(user_overrides_server, tmp_path):
    """What the operator has set comes first, unless that is passed over; what another process
    writes is seen, what is broken is not."""
    server = user_overrides_server(check_for_conflicting_runtime_overrides=True)
    answer = ask(server, "POST", "managed", {"forwarders": ["known"]}, version="0")
    assert (answer.status_code, answer.text) == (400, CONFLICT)
    skip = "?skip-conflicting-overrides-check=true"
    assert (
        ask(
            server, "POST", "managed", {"forwarders": ["known"]}, query=skip, version="0"
        ).status_code
        == 200
    )
    assert ask(server, "POST", body={"forwarders": ["known"]}, version="0").status_code == 200
    for tenant, text in (("foreign", '{"forwarders":["known"]}'), ("broken", "{")):
        (tmp_path / "user/overrides" / tenant).mkdir()
        (tmp_path / "user/overrides" / tenant / "overrides.json").write_text(text)
    wait_until(
        lambda: "known" in server.get("/status/overrides/foreign")[1].decode(),
        10,
        "the other process's document",
    )
    wait_until(
        lambda: server.metric(
            "tempo_overrides_user_configurable_overrides_fetch_failed_total", tenant="broken"
        )
        > 0,
        10,
        "the failure",
    )
    assert server.metric("tempo_overrides_user_configurable_overrides_list_total") > 1
    assert ask(server, "GET").status_code == 200
    assert (
        ask(server, "GET", "broken").status_code == 500
        and ask(server, "POST", "broken", {}, version="0").status_code == 200
    )
