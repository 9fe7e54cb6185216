"""Access control: every route, with every tenant, with every kind of credentials, over plain
connections, TLS and mutual TLS."""

import base64
import contextlib
import itertools
import json
import socket
import statistics
import subprocess
import time

import grpc
import pytest
import requests

from certificates import make_certificates
from otlp import is_stored, new_trace_id, request_of
from server import BINARY, Vivace, free_ports, sum_of_samples, wait_until

# By identity: its right, and its tenants.
TOKENS = {
    "reader": ("read", ["good"]),
    "writer": ("write", ["good"]),
    "watcher": ("read", ["*"]),
    "admin": ("admin", []),
}
CREDENTIALS = {
    None: None,
    "wrong": "Bearer nobody-has-this",
    "basic": "Basic " + base64.b64encode(b"reader:pass word").decode(),
    **{name: f"Bearer {name}-0123456789abcdef" for name in TOKENS},
}
TENANTS = {None: None, "bad": "a b", "good": "good", "other": "other"}
# Path, method and what is needed: the right, and for the tenants that are named, all of them or no
# particular ones.
ROUTES = [
    ("/ready", "GET", None, None),
    ("/api/echo", "GET", "read", "any"),
    ("/api/status/buildinfo", "GET", "read", "any"),
    ("/api/traces/1", "GET", "read", "named"),
    ("/api/v2/traces/1", "GET", "read", "named"),
    ("/api/search?q={}", "GET", "read", "named"),
    ("/api/search/tags", "GET", "read", "named"),
    ("/api/v2/search/tags", "GET", "read", "named"),
    ("/api/search/tag/name/values", "GET", "read", "named"),
    ("/api/v2/search/tag/name/values", "GET", "read", "named"),
    ("/api/metrics/query_range?q={}|rate()", "GET", "read", "named"),
    ("/api/metrics/query?q={}|rate()", "GET", "read", "named"),
    ("/api/metrics/summary?groupBy=name", "GET", "read", "named"),
    ("/api/overrides", "GET", "read", "named"),
    ("/api/overrides", "PATCH", "admin", "named"),
    ("/api/overrides", "DELETE", "admin", "named"),
    ("/metrics", "GET", "read", "all"),
    ("/status", "GET", "read", "all"),
    ("/status/config", "GET", "read", "all"),
    ("/status/overrides", "GET", "read", "all"),
    ("/status/overrides/good", "GET", "read", "all"),
    ("/flush", "GET", "admin", "all"),
    ("/no/such/route", "GET", "admin", "all"),
]


def hashed(kind, credential):
    return subprocess.run(
        [BINARY, f"-hash-{kind}"],
        input=credential + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


class Secure(Vivace):
    """A server of many tenants with an access file and an audit log, over plain connections, TLS or
    mutual TLS."""

    def __init__(self, directory, security):
        directory.mkdir(parents=True, exist_ok=True)
        self.security, self.files = security, directory
        identities = [
            {
                "name": name,
                "tokens": [hashed("token", CREDENTIALS[name][7:])],
                "rights": [right],
                "tenants": tenants,
            }
            for name, (right, tenants) in TOKENS.items()
        ]
        identities[0]["password"] = hashed("password", "pass word")
        (directory / "access.yaml").write_text(json.dumps({"identities": identities}))
        make_certificates(directory)
        self.endpoints = dict(zip(("zipkin", "thrift_http", "grpc"), free_ports(3)))
        tls = (
            {"cert_file": str(directory / "server.crt"), "key_file": str(directory / "server.key")}
            if security != "plain"
            else {}
        )
        if security == "mutual":
            tls["client_ca_file"] = str(directory / "ca.crt")
        server_tls = {
            **tls,
            **({"client_auth_type": "RequireAndVerifyClientCert"} if security == "mutual" else {}),
        }
        receiver = lambda port: {"endpoint": f"127.0.0.1:{port}", **({"tls": tls} if tls else {})}
        super().__init__(
            directory / "server",
            {
                "multitenancy_enabled": True,
                "vivace": {
                    "access_file": str(directory / "access.yaml"),
                    "audit_log": str(directory / "audit.log"),
                },
                "overrides": {
                    "user_configurable_overrides": {
                        "enabled": True,
                        "client": {
                            "backend": "local",
                            "local": {"path": str(directory / "limits")},
                        },
                    }
                },
                "server": (
                    {"http_tls_config": server_tls, "grpc_tls_config": server_tls} if tls else {}
                ),
                "distributor": {
                    "receivers": {
                        "zipkin": receiver(self.endpoints["zipkin"]),
                        "jaeger": {
                            "protocols": {
                                name: receiver(self.endpoints[name])
                                for name in ("thrift_http", "grpc")
                            }
                        },
                    }
                },
            },
        )
        protocols = self.config["distributor"]["receivers"]["otlp"]["protocols"]
        protocols["grpc"], protocols["http"] = receiver(self.otlp_grpc_port), receiver(
            self.otlp_http_port
        )
        self.session = requests.Session()
        self.session.trust_env = False  # a bundle named there would count more than verify
        self.session.verify = str(directory / "ca.crt")
        if security == "mutual":
            self.session.cert = (str(directory / "client.crt"), str(directory / "client.key"))

    def address(self, port):
        return f"{'http' if self.security == 'plain' else 'https'}://127.0.0.1:{port}"

    def ready(self):
        try:
            return (
                self.session.get(self.address(self.http_port) + "/ready", timeout=10).status_code
                == 200
            )
        except requests.RequestException:
            return False

    def channel(self, port):
        target = f"127.0.0.1:{port}"
        if self.security == "plain":
            return grpc.insecure_channel(target)
        read = lambda name: (self.files / name).read_bytes()
        own = (
            (read("client.key"), read("client.crt")) if self.security == "mutual" else (None, None)
        )
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(read("ca.crt"), *own))


@pytest.fixture(scope="module", params=["plain", "tls", "mutual"])
def server(request, tmp_path_factory):
    server = Secure(tmp_path_factory.mktemp(request.param), request.param)
    server.start()
    yield server
    server.close()


def headers_of(who, tenant):
    values = {"Authorization": CREDENTIALS[who], "X-Scope-OrgID": TENANTS[tenant]}
    return {name: value for name, value in values.items() if value is not None}


def refusal(who, tenant, right, scope):
    """401, 403, or nothing: the request comes through."""
    if right is None:
        return None
    if who in (None, "wrong"):
        return 401
    own, tenants = TOKENS["reader" if who == "basic" else who]
    if own not in (right, "admin"):
        return 403
    if own == "admin" or scope == "any":
        return 401 if scope == "named" and tenant in (None, "bad") else None
    if scope == "all":
        return None if "*" in tenants else 403
    if tenant in (None, "bad"):
        return 401
    return None if "*" in tenants or tenant in tenants else 403


CASES = list(itertools.product(CREDENTIALS, TENANTS))


@pytest.mark.parametrize("path, method, right, scope", ROUTES)
def test_routes(server, path, method, right, scope):
    for who, tenant in CASES:
        if who == "wrong":
            continue  # what happens after many of them is another test
        answer = server.session.request(
            method,
            server.address(server.http_port) + path,
            headers=headers_of(who, tenant),
            timeout=10,
        )
        expected = refusal(who, tenant, right, scope)
        comes_through = answer.status_code not in (401, 403, 429)
        assert comes_through if expected is None else answer.status_code == expected, (
            who,
            tenant,
            answer.status_code,
            answer.text[:200],
        )
        if answer.status_code == 401 and who is None:
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def good_trace():
    return request_of((new_trace_id(), b"12345678")).SerializeToString()


@pytest.mark.parametrize("endpoint", ["otlp", "zipkin", "thrift_http"])
def test_http_receivers(server, endpoint):
    port = server.otlp_http_port if endpoint == "otlp" else server.endpoints[endpoint]
    path, kind, body = {
        "otlp": ("/v1/traces", "application/x-protobuf", good_trace()),
        "zipkin": (
            "/api/v2/spans",
            "application/json",
            b'[{"traceId":"1","id":"1","timestamp":1}]',
        ),
        "thrift_http": ("/api/traces", "application/x-thrift", b"\0"),
    }[endpoint]
    for who, tenant in CASES:
        if who == "wrong":
            continue
        answer = server.session.post(
            server.address(port) + path,
            data=body,
            headers={**headers_of(who, tenant), "Content-Type": kind},
            timeout=10,
        )
        expected = refusal(who, tenant, "write", "named") or (202 if endpoint != "otlp" else 200)
        assert answer.status_code == expected, (who, tenant, answer.status_code, answer.text[:200])


@pytest.mark.parametrize(
    "endpoint, method, right",
    [
        ("otlp", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "write"),
        ("grpc", "/jaeger.api_v2.CollectorService/PostSpans", "write"),
        ("api", "/tempopb.StreamingQuerier/SearchTagsV2", "read"),
        ("rpc", "/tempopb.StreamingQuerier/SearchTagsV2", "read"),
    ],
)
def test_grpc(server, endpoint, method, right):
    codes = {
        401: grpc.StatusCode.UNAUTHENTICATED,
        403: grpc.StatusCode.PERMISSION_DENIED,
        None: grpc.StatusCode.OK,
    }
    port = {"otlp": server.otlp_grpc_port, "api": server.http_port, "rpc": server.rpc_port}.get(
        endpoint
    ) or server.endpoints[endpoint]
    with server.channel(port) as channel:
        for who, tenant in CASES:
            if who == "wrong":
                continue
            metadata = [(name.lower(), value) for name, value in headers_of(who, tenant).items()]
            try:
                if right == "read":
                    list(channel.unary_stream(method)(b"", metadata=metadata, timeout=10))
                else:
                    channel.unary_unary(method)(b"", metadata=metadata, timeout=10)
                code = grpc.StatusCode.OK
            except grpc.RpcError as error:
                code = error.code()
            assert code == codes[refusal(who, tenant, right, "named")], (who, tenant, code)


def test_insecure_connections_are_rejected(server):
    if server.security == "plain":
        pytest.skip("everybody may connect")
    for port in (
        server.http_port,
        server.otlp_http_port,
        server.endpoints["zipkin"],
        server.endpoints["thrift_http"],
    ):
        with pytest.raises(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/ready", timeout=10)
        if server.security == "mutual":
            stranger = requests.Session()
            stranger.trust_env, stranger.verify = False, server.session.verify
            with pytest.raises(requests.RequestException):
                stranger.get(f"https://127.0.0.1:{port}/ready", timeout=10)


def test_failed_logins_are_rate_limited(server):
    url = server.address(server.http_port) + "/api/search/tags"
    remembered = headers_of("reader", "good")
    assert server.session.get(url, headers=remembered, timeout=10).status_code == 200
    statuses = [
        server.session.get(url, headers=headers_of("wrong", "good"), timeout=10).status_code
        for _ in range(12)
    ]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert server.session.get(url, headers=remembered, timeout=10).status_code == 200


def test_audit_log_names_whom_it_refuses(server):
    url = server.address(server.http_port)
    server.session.get(url + "/flush", headers=headers_of("reader", "good"), timeout=10)
    wrong = base64.b64encode(b"reader:nothing").decode()
    server.session.get(url + "/api/echo", headers={"Authorization": f"Basic {wrong}"}, timeout=10)
    server.session.get(
        url + "/api/search/tags",
        headers={"Authorization": f"Basic {wrong}", "X-Scope-OrgID": "good"},
        timeout=10,
    )
    lines = [json.loads(line) for line in (server.files / "audit.log").read_text().splitlines()]
    refused = {(line["who"], line["route"]) for line in lines if line["status"] in (401, 403, 429)}
    expected = {("reader", "/flush"), ("reader", "/api/search/tags"), ("reader", "/api/echo")}
    assert expected <= refused, refused


def metric_of(server, name, **labels):
    url = server.address(server.http_port) + "/metrics"
    text = server.session.get(url, headers=headers_of("admin", None), timeout=10).text
    series = name + ("{%s}" % ",".join(f'{k}="{v}"' for k, v in labels.items()) if labels else "")
    assert f"\n{series} " in text  # before the first one is counted, too
    return sum_of_samples(text, name, labels)


def test_refusals_are_counted_and_logged(server):
    refusals = lambda reason: metric_of(server, "vivace_access_refusals_total", reason=reason)
    before = refusals("rights")
    url = server.address(server.http_port) + "/flush"
    assert (
        server.session.get(url, headers=headers_of("reader", "good"), timeout=10).status_code == 403
    )
    assert refusals("rights") == before + 1
    assert refusals("credentials") > 0 and refusals("limited") >= 0
    assert "requests are refused by access control" in server.log()


def test_failed_handshakes_are_counted_and_logged(server):
    if server.security == "plain":
        pytest.skip("no TLS")
    failures = lambda: metric_of(server, "vivace_tls_handshake_failures_total")
    before = failures()
    with socket.create_connection(("127.0.0.1", server.http_port)) as plain:
        plain.sendall(b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")
        plain.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            while plain.recv(4096):
                pass
    with socket.create_connection(("127.0.0.1", server.http_port)):
        pass  # says nothing: no failure
    wait_until(lambda: failures() == before + 1, 5, "the failed handshake")
    assert "TLS handshakes failed" in server.log()


def test_audit_log_records_reads(server):
    url = server.address(server.http_port)
    server.session.get(
        url + "/api/search?q={}&limit=7", headers=headers_of("reader", "good"), timeout=10
    )
    server.session.get(url + "/flush", headers=headers_of("admin", None), timeout=10)
    find = lambda **wanted: [
        entry
        for entry in map(json.loads, (server.files / "audit.log").read_text().splitlines())
        if entry.items() >= wanted.items()
    ]
    entry, *_ = wait_until(
        lambda: find(
            who="reader", tenant="good", route="/api/search", query="q=%7B%7D&limit=7", status=200
        ),
        5,
        "the audit line",
    )
    assert (
        entry["bytes"] > 0
        and entry["duration_seconds"] >= 0
        and entry["peer"].startswith("127.0.0.1:")
        and entry["time"].startswith("20")
    )
    assert find(who="admin", route="/flush", status=204)
    assert find(who="reader", route="/tempopb.StreamingQuerier/SearchTagsV2", status=0)
    assert not find(route="/metrics", status=200) and not find(route="/ready")


def test_access_costs_less_than_a_millisecond(server, start):
    """The median of looking a trace up, beside a server without any of it."""
    if server.security != "tls":
        pytest.skip("measured over TLS")
    bare = start()
    trace_id = new_trace_id()
    body = request_of((trace_id, b"12345678")).SerializeToString()
    for at, session, headers in (
        (server.address(server.otlp_http_port), server.session, headers_of("admin", "good")),
        (bare.otlp_url, requests, {}),
    ):
        session.post(
            at + "/v1/traces",
            data=body,
            headers={**headers, "Content-Type": "application/x-protobuf"},
            timeout=10,
        ).raise_for_status()
    wait_until(lambda: is_stored(bare, trace_id.hex(), spans=1), 10, "the trace")

    def median(session, url, headers):
        times = []
        for _ in range(300):
            began = time.perf_counter()
            assert session.get(url, headers=headers, timeout=10).status_code == 200
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    path = f"/api/traces/{trace_id.hex()}"
    guarded = median(
        server.session, server.address(server.http_port) + path, headers_of("reader", "good")
    )
    plain = median(requests.Session(), bare.url + path, {})
    print(
        f"trace by id: {plain * 1e3:.2f} ms, "
        f"with access control, TLS and audit log {guarded * 1e3:.2f} ms"
    )
    assert guarded - plain < 0.001
