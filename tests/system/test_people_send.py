"""What senders and clients really send: keys twice, services that are numbers, times that are
missing, wrong or ahead, paths and parameters as people write them. Each is found live, in a block
and after a restart."""

import json
import time
import urllib.parse

import pytest
import requests

from endpoints import server_with_endpoints
from otlp import JSON, any_value, attributes_of, post, spans_of, trace_of
from server import Vivace, at, wait_until

SECOND = 10**9
STATES = ["live", "flushed", "restarted"]


def pairs(*attributes):
    return [{"key": key, "value": any_value(value)} for key, value in attributes]


def body_of(number, name, resource, attributes=(), start=0, end=0):
    """One span, a trace of its own."""
    span = {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": name}
    span |= {"startTimeUnixNano": str(start), "endTimeUnixNano": str(end)}
    span["attributes"] = pairs(*attributes)
    scope_spans = [{"spans": [span]}]
    resource_spans = {"resource": {"attributes": pairs(*resource)}, "scopeSpans": scope_spans}
    return json.dumps({"resourceSpans": [resource_spans]})


def send(server, *args, **options):
    answer = post(server, body_of(*args, **options), JSON)
    assert answer.status_code == 200, answer.text


def ask(server, path, **parameters):
    status, body = server.get(f"{path}?{urllib.parse.urlencode(parameters)}")
    assert status == 200, (path, parameters, status, body)
    return json.loads(body)


def numbers(server, query, **window):
    """Of the traces found."""
    found = ask(server, "/api/search", q=query, limit=100, **window)["traces"]
    return sorted(int(trace["traceID"], 16) for trace in found)


def in_state(server, state):
    if state == "flushed":
        server.flush()
    elif state == "restarted":
        server.restart()


# Keys that come twice, and services that are no texts.


@pytest.fixture(scope="module", params=STATES)
def repeated(request, tmp_path_factory):
    server = Vivace(tmp_path_factory.mktemp("repeated")).start()
    now = time.time_ns()
    server.window = {"start": now // SECOND - 600, "end": now // SECOND + 600}
    times = {"start": now - SECOND, "end": now}
    for number, (resource, attributes) in enumerate(
        [
            ([("service.name", "one"), ("service.name", "two")], []),
            ([("service.name", 7)], []),
            ([("service.name", "shop")], [("k", "first"), ("k", "second")]),
            ([("service.name", "shop")], [("k", "third"), ("k", 5), ("k", [8, 9])]),
            ([("service.name", "shop")], [("http.status_code", "odd"), ("http.status_code", 200)]),
            ([("service.name", "shop")], [("http.method", 3), ("http.method", "GET")]),
            ([("service.name", "both"), ("service.name", 9)], []),
            ([("service.name", "shop"), ("cluster", "east"), ("cluster", "west")], []),
            ([], [("url.path", ["a", "b"])]),
            ([("service.name", "shop")], [("n", 1), ("n", 4), ("b", False), ("b", True)]),
        ],
        start=1,
    ):
        send(server, number, f"span {number}", resource, attributes, **times)
    in_state(server, request.param)
    yield server
    server.close()


@pytest.mark.parametrize(
    "query, expected",
    [
        ("{ resource.service.name = 7 }", [2]),
        ("{ resource.service.name > 6 }", [2, 7]),
        ("{ .service.name = 9 }", [7]),
        ('{ resource.service.name = "both" }', [7]),
        ('{ resource.service.name = "two" }', [1]),
        ('{ resource.service.name = "one" }', []),
        ('{ resource.service.name = "" }', [2, 9]),
        ('{ rootServiceName = "one" }', [1]),
        ('{ span.k = "second" }', [3]),
        ('{ span.k = "first" }', [3]),
        ('{ span.k = "first" && span.k = "second" }', [3]),
        ('{ span.k =~ "sec.*|thi.*" }', [3, 4]),
        ("{ span.k = 5 }", [4]),
        ("{ .k = 9 }", [4]),
        ("{ span.k > 8 }", [4]),
        ("{ span.k != nil }", [3, 4]),
        ("{ span.http.status_code = 200 }", [5]),
        ('{ span.http.status_code = "odd" }', [5]),
        ("{ span.http.method = 3 }", [6]),
        ('{ .http.method = "GET" }', [6]),
        ('{ resource.cluster = "east" }', [8]),
        ('{ resource.cluster = "west" }', [8]),
        ('{ span.url.path = "b" }', [9]),
        ("{ span.n + 1 = 2 }", [10]),
        ("{ span.n + 1 = 5 }", [10]),
        ("{ 2 * (span.n - 1) = 6 && -span.n = -1 }", [10]),
        ("{ span.n + span.n = 5 }", [10]),
        ("{ span.n + 1 = 3 }", []),
        ("{ span.k + 1 = 10 }", [4]),
        ("{ 4 / (span.n - 1) < 2 }", [10]),
        ("{ .service.name + 1 = 8 }", [2]),
        ("{ -resource.service.name = -9 }", [7]),
        ("{ span.b }", [10]),
        ("{ span.b != nil && !span.b }", [10]),
        ("{ span.b && span.n > 3 }", [10]),
        ("{ } | max(span.n + 0.5) > 4.4", [10]),
    ],
)
def test_any_value_of_a_key_is_found(repeated, query, expected):
    assert numbers(repeated, query, **repeated.window) == expected


def values(server, tag, **parameters):
    found = ask(server, f"/api/v2/search/tag/{tag}/values", **server.window, **parameters)
    return {value.get("value", "") for value in found["tagValues"]}


def test_all_values_of_a_key_are_listed(repeated):
    assert values(repeated, "span.k") == {"first", "second", "third", "5", "8", "9"}
    # The empty one is that of resources without a service.
    assert values(repeated, "resource.service.name") == {"", "two", "7", "9", "both", "shop"}
    assert values(repeated, "resource.cluster") == {"east", "west"}


def test_the_last_text_counts_where_only_one_can(repeated):
    def services(query):
        found = ask(repeated, "/api/metrics/query_range", q=query, step="1h", **repeated.window)
        return {next(iter(one["labels"][0]["value"].values()), "") for one in found["series"]}

    assert services("{} | rate() by (resource.service.name)") >= {"two", "shop", "both"}
    assert not services("{} | rate() by (resource.service.name)") & {"one", "7", "9"}
    assert services("{ span.k != nil } | rate() by (span.k)") == {"second", "third"}
    found = ask(repeated, "/api/search", q='{ name = "span 1" }', **repeated.window)["traces"]
    assert found[0]["rootServiceName"] == "one" and set(found[0]["serviceStats"]) == {"two"}


def test_traces_by_id_have_all_that_was_sent(repeated):
    (span,) = spans_of(trace_of(repeated, f"{3:032x}"))
    sent = [(pair["key"], pair["value"]) for pair in span["attributes"]]
    assert sorted(sent, key=str) == sorted(
        [("k", {"stringValue": "first"}), ("k", {"stringValue": "second"})], key=str
    )


# Times.


@pytest.fixture(scope="module", params=STATES)
def timed(request, tmp_path_factory):
    server = Vivace(tmp_path_factory.mktemp("timed")).start()
    now = time.time_ns()
    server.now = now // SECOND
    shop = [("service.name", "shop")]
    send(server, 1, "old", shop, start=now - 100 * SECOND, end=now - 99 * SECOND)
    send(server, 2, "no start", shop, end=now - 50 * SECOND)
    send(server, 3, "no times", shop)
    send(server, 4, "new", shop, start=now - SECOND, end=now)
    ahead = now + 2 * 3600 * SECOND
    send(server, 5, "ahead", shop, start=ahead, end=ahead + SECOND)
    send(server, 6, "ends early", shop, start=now - 20 * SECOND, end=now - 20 * SECOND - 191_000)
    in_state(server, request.param)
    yield server
    server.close()


@pytest.mark.parametrize(
    "first, last, expected",
    [
        (-105, -95, [1]),
        (-55, -45, [2]),
        (-105, 1, [1, 2, 4, 6]),
        (7100, 7300, [5]),
        (-25, -15, [6]),
        (-90, -60, []),
    ],
)
def test_windows_find_what_lies_in_them(timed, first, last, expected):
    window = {"start": timed.now + first, "end": timed.now + last}
    assert numbers(timed, '{ resource.service.name = "shop" }', **window) == expected
    tags = ask(timed, "/api/v2/search/tag/name/values", **window)["tagValues"]
    assert tags or not expected


def test_spans_without_times_are_found_without_a_window(timed):
    assert len(spans_of(trace_of(timed, f"{3:032x}"))) == 1


def test_a_span_that_ends_early_lasts_no_time(timed):
    window = {"start": timed.now - 25, "end": timed.now - 15}
    found = ask(timed, "/api/search", minDuration="1h", **window)["traces"]
    assert [trace["traceID"] for trace in found if int(trace["traceID"], 16) == 6] == []
    assert numbers(timed, "{ duration > 1h }", **window) == []
    assert numbers(timed, "{ duration = 0s }", **window) == [6]


CENTURIES = 2**63 + 1000  # longer than a duration can be


@pytest.fixture(scope="module", params=STATES)
def extreme(request, tmp_path_factory):
    server = Vivace(tmp_path_factory.mktemp("extreme")).start()
    now = time.time_ns()
    server.window = {"start": now // SECOND - 600, "end": now // SECOND + 600}
    shop = [("service.name", "shop")]
    send(server, 1, "long", shop, start=now, end=now + CENTURIES)
    server.end_of_long = now + CENTURIES
    event = {"timeUnixNano": str(now - 5 * SECOND), "name": "early"}
    span = {"traceId": f"{2:032x}", "spanId": f"{2:016x}", "name": "early event"}
    span |= {"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1000)}
    span["events"] = [event, {"name": "without time"}]
    body = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [span]}]}]}
    assert post(server, json.dumps(body), JSON).status_code == 200
    in_state(server, request.param)
    yield server
    server.close()


@pytest.mark.parametrize(
    "query, expected",
    [
        ("{ duration > 2562047h }", []),
        ("{ duration = 0s }", [1]),
        ("{ duration < 1h }", [1, 2]),
        ("{ trace:duration > 1000000h }", []),
        ("{ event:timeSinceStart < 0s }", []),
        ("{ event:timeSinceStart = 0s }", [2]),
        ("{ event:timeSinceStart > 1h }", []),
        ("{ } | max(duration) > 1h", []),
    ],
)
def test_times_that_no_clock_shows(extreme, query, expected):
    assert numbers(extreme, query, **extreme.window) == expected


def test_what_cannot_be_a_duration_is_none(extreme):
    found = ask(extreme, "/api/search", q='{ name = "long" }', **extreme.window)["traces"]
    (shown,) = found[0]["spanSets"][0]["spans"]
    assert int(shown.get("durationNanos", 0)) == 0
    (sent,) = spans_of(trace_of(extreme, f"{1:032x}"))
    assert sent["endTimeUnixNano"] == str(extreme.end_of_long)


def test_a_search_without_window_finds_what_was_just_sent(start):
    server = start()
    for number in range(1, 21):
        now = time.time_ns()
        send(server, number, "now", [("service.name", "shop")], start=now - 1000, end=now)
        assert number in numbers(server, '{ name = "now" }')
        assert number in [
            int(trace["traceID"], 16)
            for trace in ask(server, "/api/search", q='{ name = "now" }', since="5m", limit=100)[
                "traces"
            ]
        ]


def test_a_default_window_without_length_is_an_error(start):
    server = start(at("query_frontend.search.query_backend_after", "0s"))
    for path in (
        "/api/search?q=%7B%7D",
        "/api/search?q=%7B%7D&since=0s",
        "/api/search/tags",
        "/api/v2/search/tags?since=0",
        "/api/v2/search/tag/name/values",
    ):
        status, body = server.get(path)
        assert status == 400 and b"start must be before end" in body, (path, status, body)


# Paths.


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory):
    server = server_with_endpoints(tmp_path_factory.mktemp("endpoints"))
    yield server
    server.close()


def test_paths_as_people_configure_them(endpoints):
    for number, path in enumerate(("//v1/traces", "/v1//traces", "/./v1/traces"), start=100):
        now = time.time_ns()
        body = body_of(number, "path", [("service.name", "shop")], start=now, end=now)
        answer = requests.post(
            f"http://127.0.0.1:{endpoints.otlp_http_port}{path}",
            data=body,
            headers={"Content-Type": JSON},
            timeout=30,
        )
        assert answer.status_code == 200, (path, answer.status_code)
        assert len(spans_of(trace_of(endpoints, f"{number:032x}"))) == 1, path


def test_names_of_tags_with_a_slash(endpoints):
    now = time.time_ns()
    send(
        endpoints,
        200,
        "slash",
        [("service.name", "shop")],
        [("app/kind", "web"), ("a b", "c d"), ("größe", "xl")],
        start=now,
        end=now,
    )
    for tag, value in (("app%2Fkind", "web"), ("%22a%20b%22", "c d"), ("gr%C3%B6%C3%9Fe", "xl")):
        found = ask(endpoints, f"/api/v2/search/tag/span.{tag}/values")["tagValues"]
        assert [one["value"] for one in found] == [value], tag
    assert ask(endpoints, "/api/search/tag/app%2Fkind/values")["tagValues"] == ["web"]


# Parameters.


@pytest.mark.parametrize(
    "name, text",
    [
        ("start", "yesterday"),
        ("start", "0"),
        ("start", "-5"),
        ("start", "1e400."),
        ("end", "0"),
        ("end", "now-"),
        ("end", "now-1x"),
        ("instant", "perhaps"),
        ("exemplars", "many"),
        ("step", "fast"),
        ("since", "long"),
    ],
)
def test_unreadable_parameters_of_metrics_are_named(endpoints, name, text):
    query = urllib.parse.urlencode({"q": "{} | rate()", name: text})
    status, body = endpoints.get(f"/api/metrics/query_range?{query}")
    assert status == 400 and (name in body.decode() or text in body.decode()), (status, body)


def test_metrics_take_relative_times(endpoints):
    now = time.time_ns()
    send(endpoints, 300, "relative", [("service.name", "shop")], start=now, end=now)

    def count(**window):
        query = '{ name = "relative" } | count_over_time()'
        found = ask(endpoints, "/api/metrics/query_range", q=query, step="1m", **window)["series"]
        return sum(sample.get("value", 0) for one in found for sample in one["samples"])

    assert count(start="now-1h", end="now+1m") == 1
    assert count(start="now-1h", end="now-30m") == 0


def test_tag_requests_pass_over_what_they_cannot_read(endpoints):
    now = time.time_ns()
    send(endpoints, 400, "tags", [("service.name", "shop")], start=now, end=now)
    for path in (
        "/api/search/tags",
        "/api/v2/search/tags",
        "/api/search/tag/name/values",
        "/api/v2/search/tag/name/values",
    ):
        for parameters in (
            {"limit": "abc"},
            {"limit": "-1"},
            {"start": f"{now / SECOND - 60:.3f}", "end": f"{now / SECOND + 60:.3f}"},
            {"maxStaleValues": "x"},
        ):
            assert ask(endpoints, path, **parameters) == ask(endpoints, path), (path, parameters)


# Zipkin and Jaeger, whose tags are a map.


def zipkin(server, *spans):
    return requests.post(
        f"http://127.0.0.1:{server.endpoints['zipkin']}/api/v2/spans", json=spans, timeout=30
    )


def zipkin_span(number, **fields):
    now = int(time.time() * 1e6)
    return {
        "traceId": f"{number:032x}",
        "id": f"{number:016x}",
        "name": "zipkin",
        "timestamp": now,
        "duration": 5,
        "localEndpoint": {"serviceName": "shop"},
        **fields,
    }


@pytest.mark.parametrize("port", [65536, 99999, 2**32])
def test_ports_that_are_none_are_refused(endpoints, port):
    for endpoint in ("localEndpoint", "remoteEndpoint"):
        answer = zipkin(
            endpoints, zipkin_span(500, **{endpoint: {"serviceName": "shop", "port": port}})
        )
        assert answer.status_code == 400, answer.text
    assert trace_of(endpoints, f"{500:032x}") is None


def test_of_zipkin_tags_each_key_comes_once(endpoints):
    tags = {"net.host.port": "tag", "peer.service": "tag", "net.peer.ip": "tag", "other": "kept"}
    answer = zipkin(
        endpoints,
        zipkin_span(
            501,
            tags=tags,
            localEndpoint={"serviceName": "shop", "port": 80},
            remoteEndpoint={"serviceName": "db", "ipv4": "10.0.0.1"},
        ),
    )
    assert answer.status_code == 202, answer.text
    wait_until(lambda: trace_of(endpoints, f"{501:032x}"), 10, "the span")
    (span,) = spans_of(trace_of(endpoints, f"{501:032x}"))
    keys = [pair["key"] for pair in span["attributes"]]
    assert len(keys) == len(set(keys)), keys
    assert attributes_of(span) == {
        "net.host.port": 80,
        "peer.service": "db",
        "net.peer.ip": "10.0.0.1",
        "other": "kept",
    }


def test_of_attributes_in_zipkin_texts_each_key_comes_once(endpoints):
    twice = '{"a":1,"b":true,"a":2}'
    link = f"{7:032x}|{8:016x}||{twice}|0"
    annotations = [{"timestamp": int(time.time() * 1e6), "value": f"event|{twice}|0"}]
    answer = zipkin(
        endpoints, zipkin_span(505, tags={"otlp.link.0": link}, annotations=annotations)
    )
    assert answer.status_code == 202, answer.text
    wait_until(lambda: trace_of(endpoints, f"{505:032x}"), 10, "the span")
    (span,) = spans_of(trace_of(endpoints, f"{505:032x}"))
    for owner in (span["events"][0], span["links"][0]):
        assert sorted(pair["key"] for pair in owner["attributes"]) == ["a", "b"]
        assert attributes_of(owner)["a"] == 2


def test_a_zipkin_span_without_times_hides_no_other(endpoints):
    earlier = int(time.time() * 1e6) - 120_000_000
    assert zipkin(endpoints, zipkin_span(502, timestamp=earlier)).status_code == 202
    shared = zipkin_span(503, shared=True)
    del shared["timestamp"], shared["duration"]
    assert zipkin(endpoints, shared).status_code == 202
    assert zipkin(endpoints, zipkin_span(504)).status_code == 202
    second = earlier // 10**6
    window = {"start": second - 5, "end": second + 5}
    wait_until(
        lambda: numbers(endpoints, '{ name = "zipkin" }', **window) == [502], 10, "the old span"
    )
