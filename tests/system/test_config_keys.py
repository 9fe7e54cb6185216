"""Keys that an operator sets do what their sentences say, end to end; what the parts behind them do
is tested beside their code."""

import http.client
import json
import subprocess
import time
import urllib.parse

import grpc
import pytest
import requests

from certificates import make_certificates
from otlp import new_trace_id, post, request_of
from server import BINARY, Vivace, merged, wait_until
from tempopb import channel_to, stream


def test_http_receiver(start):
    server = start(
        {
            "distributor": {
                "receivers": {
                    "otlp": {
                        "protocols": {
                            "http": {
                                "response_headers": {"X-Served-By": "vivace"},
                                "keep_alives_enabled": False,
                            }
                        }
                    }
                }
            }
        }
    )
    connection = http.client.HTTPConnection("127.0.0.1", server.otlp_http_port, timeout=30)
    for body, status in (
        (request_of((new_trace_id(), b"12345678")).SerializeToString(), 200),
        (b"\xff", 400),
    ):
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert answer.headers["X-Served-By"] == "vivace"
        assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    "key, message",
    [
        ("grpc_server_max_recv_msg_size", "received message larger than max"),
        ("grpc_server_max_send_msg_size", "trying to send message larger than max"),
    ],
)
def test_messages_of_streamed_queries(start, key, message):
    server = start({"server": {key: 1}})
    assert (
        post(server, request_of((new_trace_id(), b"12345678")).SerializeToString()).status_code
        == 200
    )
    with channel_to(server.rpc_port) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            list(stream(channel, "SearchTagValues", tagName="service.name"))
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert message in refused.value.details() and "1)" in refused.value.details()


def test_inline_certificates(new_server, tmp_path):
    make_certificates(tmp_path)
    text = {name: (tmp_path / name).read_text() for name in ("server.crt", "server.key", "ca.crt")}
    tls = {
        "cert": text["server.crt"],
        "key": text["server.key"],
        "client_ca": text["ca.crt"],
        "client_auth_type": "RequireAndVerifyClientCert",
    }
    receiver_tls = {"cert_pem": text["server.crt"], "key_pem": text["server.key"]}
    server = new_server({"server": {"http_tls_config": tls}})
    server.config = merged(
        server.config,
        {"distributor": {"receivers": {"otlp": {"protocols": {"http": {"tls": receiver_tls}}}}}},
    )
    ca, pair = str(tmp_path / "ca.crt"), (
        str(tmp_path / "client.crt"),
        str(tmp_path / "client.key"),
    )
    url = f"https://localhost:{server.http_port}/ready"
    server.config["server"]["http_listen_address"] = "localhost"
    server.ready = lambda: is_answered(lambda: requests.get(url, verify=ca, cert=pair, timeout=5))
    server.start()
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, verify=ca, timeout=30)  # without a certificate of its own
    sent = requests.post(
        f"https://127.0.0.1:{server.otlp_http_port}/v1/traces",
        request_of((new_trace_id(), b"12345678")).SerializeToString(),
        headers={"Content-Type": "application/x-protobuf"},
        verify=ca,
        timeout=30,
    )
    assert sent.status_code == 200
    assert text["server.key"].splitlines()[1] not in server.log()


def is_answered(ask):
    try:
        return ask().status_code == 200
    except requests.exceptions.RequestException:
        return False


def test_objectives_of_queries(start):
    never = {"duration_slo": "1ns", "throughput_bytes_slo": 1e18}
    server = start({"query_frontend": {"search": never, "trace_by_id": {"duration_slo": "1ns"}}})
    assert server.get("/api/search?q={}")[0] == 200
    assert server.get(f"/api/traces/{new_trace_id().hex()}")[0] == 404

    def count(name, operation):
        return server.metric(
            f"tempo_query_frontend_{name}_total",
            op=operation,
            result="completed",
            tenant="single-tenant",
        )

    assert count("queries", "search") == 1 and count("queries_within_slo", "search") == 0
    # An objective needs both of its keys.
    assert count("queries", "traces") == 1 and count("queries_within_slo", "traces") == 1


def test_blocks_of_tag_values(start):
    server = start({"overrides": {"defaults": {"read": {"max_blocks_per_tag_values_query": 1}}}})
    for name in ("older", "newer"):
        request = request_of((new_trace_id(), b"12345678"), attributes={"which": name})
        assert post(server, request.SerializeToString()).status_code == 200
        server.flush()
        second = int(time.time())  # blocks know no more of their times
        wait_until(lambda: int(time.time()) > second + 1, 5, "the next second")
    values = requests.get(server.url + "/api/v2/search/tag/span.which/values", timeout=30).json()
    assert [value["value"] for value in values["tagValues"]] == ["newer"]


# Traces Drilldown's time seeker, and its comparison, whose step is the whole range.
@pytest.mark.parametrize("step", ["30s", "86400s"])
def test_a_day_of_metrics_where_a_day_is_allowed(start, step):
    server = start({"query_frontend": {"metrics": {"max_duration": "24h"}}})
    end = int(time.time())
    for query in ("{} | rate() with(sample=true)", "{} | compare({status = error}, 10)"):
        for late in (0, 7):
            asked = {"q": query, "start": end - late - 86400, "end": end - late, "step": step}
            answer = requests.get(server.url + "/api/metrics/query_range", params=asked, timeout=30)
            assert answer.status_code == 200, answer.text
    asked["start"] -= 1
    answer = requests.get(server.url + "/api/metrics/query_range", params=asked, timeout=30)
    assert answer.status_code == 400 and "24h0m0s" in answer.text


def test_wrong_credentials_behind_a_proxy(start, tmp_path):
    """A client that is wrong is not let in any more, others of its proxy are."""
    hashed = lambda secret: subprocess.run(
        [BINARY, "-hash-password"], input=secret, capture_output=True, text=True, check=True
    ).stdout.strip()
    access = tmp_path / "access.yaml"
    access.write_text(
        "identities:\n"
        + "".join(
            f"  - {{name: {name}, password: '{hashed(name)}', tenants: ['*'], rights: [read]}}\n"
            for name in ("good", "bad")
        )
    )
    access.chmod(0o600)
    server = start(
        {
            "vivace": {
                "access_file": str(access),
                "trusted_proxies": ["127.0.0.0/8"],
                "audit_log": str(tmp_path / "audit.log"),
            }
        }
    )

    def ask(name, password, client):
        return requests.get(
            server.url + "/api/search/tags",
            auth=(name, password),
            headers={"X-Forwarded-For": client},
            timeout=30,
        ).status_code

    statuses = [ask("bad", "wrong", "192.0.2.1") for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[-1] == 429
    assert ask("good", "good", "192.0.2.1") == 200
    assert ask("bad", "bad", "192.0.2.2") == 200
    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert {line["who"] for line in lines if line["status"] in (401, 429)} == {"bad"}
    assert {line["client"] for line in lines} == {"192.0.2.1", "192.0.2.2"}
    assert "every user of this machine" not in server.log()


def test_streamed_queries_are_in_the_audit_log(start, tmp_path):
    log = tmp_path / "audit.log"
    server = start({"vivace": {"audit_log": str(log)}})
    now = int(time.time())
    with channel_to(server.rpc_port) as channel:
        list(stream(channel, "Search", Query='{ name = "a b" }', start=now - 60, end=now))
        list(stream(channel, "SearchTagValuesV2", tagName="span.http"))

    def lines():
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        return {entry["route"].rpartition("/")[2]: entry for entry in entries}

    found = wait_until(lambda: len(lines()) == 2 and lines(), 10, "two lines")
    asked = urllib.parse.parse_qs(found["Search"]["query"])
    assert asked["q"] == ['{ name = "a b" }'] and asked["start"] == [str(now - 60)]
    assert found["Search"]["method"] == "RPC" and found["Search"]["status"] == 0
