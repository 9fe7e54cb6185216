"""tempopb.StreamingQuerier with a real gRPC client: on the HTTP port and on 9095, the same answers
as over HTTP; a client that disconnects."""

import json
import time
import urllib.parse

import grpc
import pytest
from google.protobuf import json_format

from load import Load
from server import Vivace, wait_until
from tempopb import channel_to, stream

SPANS = 30_000


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A server with a block and live spans, and the window that they lie in."""
    directory = tmp_path_factory.mktemp("loaded")
    server = Vivace(directory / "server").start()
    start = int(time.time()) - 3000
    for part in range(2):
        load = Load(server, directory / f"load{part}", spans=SPANS // 2)
        assert load.finish() == 0, load.output
        if part == 0:
            server.flush()
    yield server, start, int(time.time()) + 60
    server.close()


@pytest.fixture(params=["http_port", "rpc_port"])
def channel(request, loaded):
    with channel_to(getattr(loaded[0], request.param)) as channel:
        yield channel


def http(server, path, **parameters):
    status, body = server.get(f"{path}?{urllib.parse.urlencode(parameters)}")
    assert status == 200, body
    return json.loads(body)


def plain(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def without_figures(answer):
    return {key: value for key, value in answer.items() if key != "metrics"}


def test_search_finds_what_http_finds(loaded, channel):
    server, start, end = loaded
    query = "{ resource.service.name = `shop-backend` && kind = server } | count() > 0"
    expected = http(server, "/api/search", q=query, start=start, end=end, limit=50, spss=10)
    assert expected["traces"]
    messages = list(
        stream(channel, "Search", Query=query, start=start, end=end, Limit=50, SpansPerSpanSet=10)
    )
    found = [trace for message in messages for trace in message.traces]
    assert [trace.traceID for trace in found] == [trace["traceID"] for trace in expected["traces"]]
    for got, want in zip(found, expected["traces"]):
        assert got.rootServiceName == want.get(
            "rootServiceName", ""
        ) and got.durationMs == want.get("durationMs", 0)
        assert str(got.startTimeUnixNano) == want["startTimeUnixNano"]
        assert {entry.key: entry.value.spanCount for entry in got.serviceStats} == {
            k: v["spanCount"] for k, v in want["serviceStats"].items()
        }
        assert [plain(s) for s in got.spanSets] == [plain(got.spanSet)]
        assert [span.spanID for span in got.spanSet.spans] == [
            span["spanID"] for span in want["spanSet"]["spans"]
        ]
    assert messages[-1].metrics.completedJobs == messages[-1].metrics.totalJobs >= 2


def test_spans_are_not_limited_where_no_limit_is_given(loaded, channel):
    server, start, end = loaded
    messages = list(
        stream(channel, "Search", Query="{} | count() > 6", start=start, end=end, Limit=3)
    )
    sets = [s for message in messages for trace in message.traces for s in trace.spanSets]
    assert sets and all(len(s.spans) == s.matched > 6 for s in sets)


@pytest.mark.parametrize(
    "method, path", [("SearchTags", "/api/search/tags"), ("SearchTagsV2", "/api/v2/search/tags")]
)
def test_tag_names(loaded, channel, method, path):
    server, start, end = loaded
    expected = http(server, path, start=start, end=end)
    got = [message for message in stream(channel, method, start=start, end=end)]
    if method == "SearchTags":
        assert sorted(name for message in got for name in message.tagNames) == expected["tagNames"]
    else:
        names = {
            (scope.name, tag) for message in got for scope in message.scopes for tag in scope.tags
        }
        assert names == {
            (scope["name"], tag) for scope in expected["scopes"] for tag in scope["tags"]
        }


@pytest.mark.parametrize(
    "method, tag, path",
    [
        ("SearchTagValues", "service.name", "/api/search/tag/service.name/values"),
        (
            "SearchTagValuesV2",
            "resource.service.name",
            "/api/v2/search/tag/resource.service.name/values",
        ),
    ],
)
def test_tag_values(loaded, channel, method, tag, path):
    server, start, end = loaded
    expected = http(server, path, start=start, end=end)["tagValues"]
    values = [
        plain(message).get("tagValues", [])
        for message in stream(channel, method, tagName=tag, start=start, end=end)
    ]
    assert [value for message in values for value in message] == expected


def test_query_range_sends_each_sample_once(loaded, channel):
    server, start, end = loaded
    query = "{} | rate() by (resource.service.name)"
    expected = http(server, "/api/metrics/query_range", q=query, start=start, end=end, step="60s")[
        "series"
    ]
    want = {
        (label_text(series), int(sample["timestampMs"])): sample.get("value", 0)
        for series in expected
        for sample in series["samples"]
    }
    got = {}
    for message in stream(
        channel,
        "MetricsQueryRange",
        query=query,
        start=start * 10**9,
        end=end * 10**9,
        step=60 * 10**9,
    ):
        for series in map(plain, message.series):
            for sample in series["samples"]:
                key = (label_text(series), int(sample["timestamp_ms"]))
                assert key not in got
                got[key] = sample.get("value", 0)
    assert got == pytest.approx(want) and sum(got.values()) > 0


def label_text(series):
    return json.dumps(
        [
            [label["key"], label["value"].get("stringValue", label["value"].get("string_value"))]
            for label in series["labels"]
        ]
    )


def test_query_instant(loaded, channel):
    server, start, end = loaded
    (message,) = stream(
        channel,
        "MetricsQueryInstant",
        query="{} | count_over_time()",
        start=start * 10**9,
        end=end * 10**9,
    )
    assert [series.value for series in message.series] == [loaded_spans(server)]


def loaded_spans(server):
    return server.metric("tempo_distributor_spans_received_total")


@pytest.mark.parametrize(
    "method, fields, code, text",
    [
        (
            "Search",
            {"Query": "{"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "invalid TraceQL query: parse error at line 1, col 2",
        ),
        (
            "Search",
            {"Query": "{}", "Limit": 300000},
            grpc.StatusCode.INVALID_ARGUMENT,
            "limit 300000 exceeds max limit 262144",
        ),
        (
            "Search",
            {"Query": "{}", "SpansPerSpanSet": 500},
            grpc.StatusCode.INVALID_ARGUMENT,
            "spans per span set exceeds 100. received 500",
        ),
        (
            "SearchTagsV2",
            {"scope": "bogus"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "invalid scope: bogus",
        ),
        (
            "SearchTagValuesV2",
            {"tagName": "s"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "please provide a valid tagName",
        ),
        (
            "MetricsQueryRange",
            {"query": "{}", "start": 1, "end": 10**9},
            grpc.StatusCode.UNKNOWN,
            "not a metrics query",
        ),
        ("MetricsQueryRange", {"query": "{} | rate()"}, grpc.StatusCode.UNKNOWN, "start required"),
    ],
)
def test_errors(channel, method, fields, code, text):
    with pytest.raises(grpc.RpcError) as error:
        list(stream(channel, method, **fields))
    assert error.value.code() == code
    assert text in error.value.details()


def test_tenant_is_required(start):
    server = start({"multitenancy_enabled": True})
    with channel_to(server.http_port) as channel:
        with pytest.raises(grpc.RpcError) as error:
            list(stream(channel, "Search", Query="{}"))
        assert error.value.details() == "no org id"
        assert list(stream(channel, "Search", Query="{}", metadata=[("x-scope-orgid", "a|b")]))


# A query that takes long and finds nothing: every pair of a span and one below it is looked at,
# over and over.
SLOW = (
    " && ".join(f"({{ duration > {n}ns }} >> {{ duration > {n}ns }})" for n in range(1, 100))
    + " && { duration < traceDuration - traceDuration }"
)


def test_a_client_that_leaves_frees_its_query(loaded):
    server, start, end = loaded
    cancelled = lambda: server.metric("tempo_query_frontend_queries_total", result="canceled")
    before, worked = cancelled(), server.cpu_seconds()
    with channel_to(server.http_port) as channel:
        call = stream(channel, "Search", Query=SLOW, start=start, end=end)
        wait_until(lambda: server.cpu_seconds() > worked + 0.3, 5, "the query to be under way")
        call.cancel()
        left = time.monotonic()
        wait_until(lambda: cancelled() > before, 5, "the query to end")
        assert time.monotonic() - left < 1.5
