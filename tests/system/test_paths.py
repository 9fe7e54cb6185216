"""Paths in every spelling: whoever judges a request by its path judges the route that runs."""

import json
import time

import pytest

from otlp import new_trace_id, post, request_of
from raw_http import ask
from server import Vivace, at
from test_access import hashed

READER = {"Authorization": "Bearer reader-0123456789abcdef", "X-Scope-OrgID": "team"}
ADMIN = {"Authorization": "Bearer admin-0123456789abcdef", "X-Scope-OrgID": "team"}


def spellings(path):
    """The path as it is, and in ways that mean the same."""
    letter = next(i for i, c in enumerate(path) if c.isalpha() and i > 0)
    return [
        path,
        path[:letter] + f"%{ord(path[letter]):02x}" + path[letter + 1 :],
        path[:-1] + f"%{ord(path[-1]):02X}",
        "".join(c if c == "/" else f"%{ord(c):02x}" for c in path),
        "http://elsewhere" + path,
        path.replace("/", "//"),
        "/x/.." + path,
        "/x/%2e%2e" + path,
        "/." + path,
        "/%2E" + path,
    ]


def with_access(directory, kind=Vivace):
    directory.mkdir(parents=True, exist_ok=True)
    identities = [
        {
            "name": name,
            "tokens": [hashed("token", f"{name}-0123456789abcdef")],
            "rights": [right],
            "tenants": ["team"],
        }
        for name, right in (("reader", "read"), ("admin", "admin"))
    ]
    (directory / "access.yaml").write_text(json.dumps({"identities": identities}))
    overrides = {"enabled": True, "client": {"backend": "local"}}
    overrides["client"]["local"] = {"path": str(directory / "limits")}
    server = kind(directory / "server")
    server.config["multitenancy_enabled"] = True
    server.config["vivace"] = {"access_file": str(directory / "access.yaml")}
    server.config["overrides"]["user_configurable_overrides"] = overrides
    return server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = with_access(tmp_path_factory.mktemp("paths")).start()
    yield server
    server.close()


@pytest.mark.parametrize("path", spellings("/api/overrides"))
def test_a_reader_cannot_administer(server, path):
    status, _, body = ask(server.http_port, path, "PATCH", READER, b"{}")
    assert status == 403, (status, body)
    status, _, body = ask(server.http_port, path, "PATCH", {}, b"{}")
    assert status == 401, (status, body)
    # Nothing but empty and dot segments has to be asked for again.
    status, headers, body = ask(server.http_port, path, "PATCH", ADMIN, b'{"forwarders":[]}')
    assert (status, headers.get("location")) in ((200, None), (301, "/api/overrides")), body


@pytest.mark.parametrize("path", spellings("/api/echo"))
def test_a_reader_may_read(server, path):
    status, headers, _ = ask(server.http_port, path, headers=READER)
    assert (status, headers.get("location")) in ((200, None), (301, "/api/echo"))


@pytest.mark.parametrize("path", [*spellings("/flush"), *spellings("/shutdown")])
def test_nobody_flushes_or_stops_by_another_spelling(server, path):
    assert ask(server.http_port, path, headers=READER)[0] == 403
    assert ask(server.http_port, path)[0] == 401


@pytest.mark.parametrize(
    "target, status",
    [
        ("/api/overrides%00", 400),
        ("/api/overrides%", 400),
        ("/api/overrides%zz", 400),
        ("/api/overrides#x", 400),
        ("api/overrides", 400),
        ("/api%2foverrides", 403),  # no such path, which is the administrator's to know
        ("/api/overrides;x=1", 403),
        ("/api/overrides/", 403),
        ("/api/%c0%af/overrides", 403),
        ("/API/overrides", 403),
        ("*", 403),
    ],
)
def test_what_is_no_spelling_of_it(server, target, status):
    for method in ("GET", "HEAD", "OPTIONS", "PATCH"):
        assert ask(server.http_port, target, method, READER)[0] == status, method


def test_a_tag_may_have_a_slash(start):
    server = start()
    request = request_of((new_trace_id(), b"12345678"), attributes={"a/b": "deep", "100%": "all"})
    assert post(server, request.SerializeToString()).status_code == 200
    for name, value in (
        ("a%2Fb", "deep"),
        ("a%2fb", "deep"),
        ("%61%2fb", "deep"),
        ("100%25", "all"),
    ):
        for path, found in (
            (f"/api/v2/search/tag/span.{name}/values", [{"type": "string", "value": value}]),
            (f"/api/search/tag/{name}/values", [value]),
        ):
            window = f"start={int(time.time()) - 3000}&end={int(time.time()) + 60}"
            status, _, body = ask(server.http_port, f"{path}?{window}")
            assert status == 200 and json.loads(body)["tagValues"] == found, (path, body)
    # An encoded slash separates nothing.
    assert ask(server.http_port, "/api/search/tag%2fa/values")[0] == 404
    assert ask(server.http_port, "/api%2fecho")[0] == 404


class Below(Vivace):
    """A server with a path prefix: nothing is outside of it, /ready neither."""

    def ready(self):
        try:
            return self.get(self.config["server"]["http_path_prefix"] + "/ready")[0] == 200
        except OSError:
            return False


@pytest.fixture
def start_below(servers, tmp_path):
    def start(prefix, config):
        server = Below(tmp_path / f"server{len(servers)}", config)
        server.config["server"]["http_path_prefix"] = prefix
        servers.append(server)
        return server.start()

    return start


@pytest.mark.parametrize("prefix", ["", "/base"])
def test_the_deny_list_knows_every_spelling(start_below, prefix):
    denied = ["/api/search\\?.*rate", "/metrics/summary", "tag/secret/values"]
    server = start_below(prefix, at("query_frontend.url_deny_list", denied))
    for path in spellings(prefix + "/api/search"):
        for query in ("q={}|rate()", "q=%7B%7D%7C%72ate%28%29", "q=%0A{}|rate()", "a=1&q=r%61te"):
            status, headers, _ = ask(server.http_port, f"{path}?{query.replace(' ', '+')}")
            assert status == 400 or headers.get("location", "").startswith(
                prefix + "/api/search?"
            ), (path, query, status)
    for path in ("/api/metrics/summar%79", "/api/v2/search/tag/se%63ret/values"):
        assert ask(server.http_port, prefix + path)[0] == 400, path
    assert ask(server.http_port, prefix + "/api/search?q={}")[0] == 200


PATHS = [
    "/ready",
    "/metrics",
    "/status",
    "/status/config",
    "/status/overrides",
    "/status/endpoints",
    "/api/echo",
    "/api/status/buildinfo",
    "/api/search?q={}",
    "/api/search/tags",
    "/api/v2/search/tag/name/values",
    "/flush",
]


def test_a_path_prefix_is_before_everything(start_below):
    server = start_below("/base", {"http_api_prefix": "/tempo"})
    for path in PATHS:
        inside = f"/base/tempo{path}" if path.startswith("/api/") else f"/base{path}"
        status = ask(server.http_port, inside)[0]
        assert status in (200, 204), (inside, status)
        for outside in (path, f"/tempo{path}", f"/base2{path}", f"/b%61se/../{path}"):
            status, headers, _ = ask(server.http_port, outside)
            assert status == 404 or (status == 301 and "/base" not in headers["location"]), outside
        # Letters may be spelled otherwise here too.
        assert ask(server.http_port, inside.replace("/base", "/b%61se"))[0] in (200, 204)
    status, headers, _ = ask(server.http_port, "/base//tempo/./api/echo?x=1")
    assert (status, headers["location"]) == (301, "/base/tempo/api/echo?x=1")
    assert ask(server.http_port, "/base")[0] == ask(server.http_port, "/")[0] == 404
    listed = ask(server.http_port, "/base/status/endpoints")[2].decode()
    assert "/base/tempo/api/search" in listed and "/base/ready" in listed


def test_a_path_prefix_does_not_change_who_may_what(tmp_path, servers):
    server = with_access(tmp_path / "access", kind=Below)
    server.config["server"]["http_path_prefix"] = "/base"
    servers.append(server)
    server.start()
    for path in spellings("/base/api/overrides"):
        assert ask(server.http_port, path, "PATCH", READER, b"{}")[0] == 403
        assert ask(server.http_port, path, "GET", {})[0] == 401
    assert ask(server.http_port, "/base/api/search?q={}", headers=READER)[0] == 200
    assert ask(server.http_port, "/base/flush", headers=READER)[0] == 403
    assert ask(server.http_port, "/api/search?q={}", headers=READER)[0] == 403
    assert ask(server.http_port, "/api/search?q={}", headers=ADMIN)[0] == 404
    assert ask(server.http_port, "/ready")[0] == 401


def test_a_prefix_without_a_slash_is_refused(new_server):
    server = new_server({"server": {"http_path_prefix": "base"}}).launch()
    assert server.process.wait(20) == 1
    assert 'server.http_path_prefix is \\"base\\", must begin with a slash' in server.log()
    server.process = None
