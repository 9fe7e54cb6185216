"""Keys that an operator sets do what their sentences say, end to end; what the parts behind them do
is tested beside their code."""

import http.client
import time

import grpc
import pytest
import requests

from certificates import make_certificates
from otlp import new_trace_id, post, request_of
from server import Vivace, merged, wait_until
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
