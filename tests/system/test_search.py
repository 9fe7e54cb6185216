"""Search, tags and metrics over HTTP: what the recorded answers do not cover, and expensive
queries."""

import json
import pathlib
import time
import urllib.parse

import grpc
import pytest

from load import Load
from server import SANITIZED, Vivace, at, wait_until
from tempopb import Messages, channel_to, stream

SPANS = 60_000
MEMORY_PER_QUERY_BYTES = 256 << 20
SECONDS_PER_QUERY = 20


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A server with a block of most spans, and some live ones."""
    directory = tmp_path_factory.mktemp("loaded")
    server = Vivace(directory / "server").start()
    for part, spans in enumerate([SPANS * 5 // 6, SPANS // 6]):
        load = Load(server, directory / f"load{part}", spans=spans)
        assert load.finish() == 0, load.output
        if part == 0:
            server.flush()
    server.window = {"start": int(time.time()) - 3000, "end": int(time.time()) + 60}
    yield server
    server.close()


def ask(server, path, accept=None, **parameters):
    query = urllib.parse.urlencode({**server.window, **parameters})
    return server.get(f"{path}?{query}", {"Accept": accept} if accept else None, timeout=60)


def answer(server, path, **parameters):
    status, body = ask(server, path, **parameters)
    assert status == 200, body[-300:]
    return json.loads(body)


# Contents of answers.


def test_newest_traces_come_first_and_always_the_same(loaded):
    first = answer(loaded, "/api/search", q="{ kind = server }", limit=30)["traces"]
    starts = [int(trace["startTimeUnixNano"]) for trace in first]
    assert len(first) == 30 and starts == sorted(starts, reverse=True)
    assert answer(loaded, "/api/search", q="{ kind = server }", limit=30)["traces"] == first
    assert answer(loaded, "/api/search", q="{ kind = server }", limit=10)["traces"] == first[:10]
    # Many traces of one row group are described from its columns, few one by one.
    assert answer(loaded, "/api/search", q="{ kind = server }", limit=500)["traces"][:30] == first


def test_protobuf_matches_json(loaded):
    expected = answer(
        loaded, "/api/search", q="{ status = error } | select(name, duration)", limit=5
    )
    status, body = ask(
        loaded,
        "/api/search",
        accept="application/protobuf",
        q="{ status = error } | select(name, duration)",
        limit=5,
    )
    got = Messages["SearchResponse"].FromString(body)
    assert status == 200 and len(got.traces) == len(expected["traces"]) == 5
    for trace, want in zip(got.traces, expected["traces"]):
        assert trace.traceID == want["traceID"] and trace.rootTraceName == want.get(
            "rootTraceName", ""
        )
        assert [span.name for span in trace.spanSet.spans] == [
            span["name"] for span in want["spanSet"]["spans"]
        ]


def test_tag_answers_in_protobuf(loaded):
    tags = Messages["SearchTagsV2Response"].FromString(
        ask(loaded, "/api/v2/search/tags", accept="application/protobuf")[1]
    )
    assert {scope.name for scope in tags.scopes} >= {"resource", "span", "intrinsic"}
    values = Messages["SearchTagValuesV2Response"].FromString(
        ask(
            loaded, "/api/v2/search/tag/resource.service.name/values", accept="application/protobuf"
        )[1]
    )
    assert ("string", "shop-backend") in [(value.type, value.value) for value in values.tagValues]


def test_tag_values_for_language_models(loaded):
    status, body = ask(
        loaded,
        "/api/v2/search/tag/span.http.response.status_code/values",
        accept="application/vnd.grafana.llm",
    )
    assert status == 200 and 200 in json.loads(body)["tagValues"]["int"]


def test_tag_values_are_filtered_and_limited(loaded):
    every = answer(loaded, "/api/v2/search/tag/name/values")["tagValues"]
    some = answer(
        loaded, "/api/v2/search/tag/name/values", q='{ resource.service.name = "cart-service" }'
    )["tagValues"]
    assert 0 < len(some) < len(every) and all(value in every for value in some)
    assert answer(loaded, "/api/v2/search/tag/name/values", limit=2)["tagValues"] == every[:2]


def test_counts_agree_with_what_was_sent(loaded):
    sent = loaded.metric("tempo_distributor_spans_received_total")
    count = lambda query: sum(
        series["value"] for series in answer(loaded, "/api/metrics/query", q=query)["series"]
    )
    assert count("{} | count_over_time()") == sent
    assert count("{} | count_over_time() by (name)") == sent
    assert (
        count("{ kind = server } | count_over_time()")
        + count("{ kind != server } | count_over_time()")
        == sent
    )


def test_exemplars_lead_to_traces(loaded):
    series = answer(
        loaded,
        "/api/metrics/query_range",
        q="{ status = error } | rate() by (resource.service.name)",
        step="60s",
        exemplars=10,
    )["series"]
    exemplars = [exemplar for one in series for exemplar in one.get("exemplars", [])]
    assert 0 < len(exemplars) <= 10
    for exemplar in exemplars:
        labels = {label["key"]: label["value"] for label in exemplar["labels"]}
        assert loaded.get(f"/api/traces/{labels['trace:id']['stringValue']}")[0] == 200
        assert labels["status"]["stringValue"] == "error" and "resource.service.name" in labels


def test_summary(loaded):
    summaries = answer(
        loaded, "/api/metrics/summary", q="{}", groupBy="resource.service.name,kind"
    )["summaries"]
    assert sum(int(summary["spanCount"]) for summary in summaries) == loaded.metric(
        "tempo_distributor_spans_received_total"
    )
    first = summaries[0]["series"]
    assert [series["key"] for series in first] == ["resource.service.name", "kind"]
    assert first[0]["value"]["type"] == 5 and first[1]["value"]["type"] == 13
    assert ask(loaded, "/api/metrics/summary", q="{}")[0] == 400


def test_math_between_metrics(loaded):
    errors = (
        "({ status = error } | rate() by (resource.service.name))"
        " / ({} | rate() by (resource.service.name)) * 100"
    )
    series = answer(loaded, "/api/metrics/query_range", q=errors, step="60s")["series"]
    assert series and all(
        0 <= sample.get("value", 0) <= 100 for one in series for sample in one["samples"]
    )


# What is refused.


@pytest.mark.parametrize(
    "path, parameters, text",
    [
        ("/api/search", {"q": "{}", "limit": 0}, "invalid limit: must be a positive number"),
        ("/api/search", {"q": "{}", "limit": 300000}, "limit 300000 exceeds max limit 262144"),
        ("/api/search", {"q": "{}", "spss": 101}, "spans per span set exceeds 100. received 101"),
        (
            "/api/search",
            {"q": "{}", "tags": "a=b"},
            "invalid request: can't specify tags and q in the same query",
        ),
        ("/api/search", {"tags": "a=b a=c"}, "invalid tags: tag a has been set twice"),
        ("/api/search", {"tags": 'a="b'}, "invalid tags: unterminated quoted value at pos 5"),
        ("/api/search", {"minDuration": "x"}, 'invalid minDuration: time: invalid duration "x"'),
        (
            "/api/search",
            {"minDuration": "2s", "maxDuration": "1s"},
            "invalid maxDuration: must be greater than minDuration",
        ),
        (
            "/api/search",
            {"q": "{}", "start": 5, "end": 1},
            "http parameter start must be before end. received start=5 end=1",
        ),
        (
            "/api/search",
            {"q": "{}", "start": 1, "end": 1000000},
            "range specified by start and end exceeds 168h0m0s. received start=1 end=1000000",
        ),
        (
            "/api/search",
            {"q": "{}", "start": "1.5"},
            'invalid start: strconv.ParseInt: parsing "1.5": invalid syntax',
        ),
        (
            "/api/search",
            {"q": "{}", "since": "zz"},
            "error parsing date range: could not parse 'since' parameter: "
            'not a valid duration string: "zz"',
        ),
        (
            "/api/search",
            {"q": "{ .a = `" + "x" * 140000 + "` }"},
            "TraceQL expression exceeds the configured maximum size of 131072 bytes",
        ),
        ("/api/search", {"q": "({} | rate()) + ({} | rate())"}, "math expressions not supported"),
        ("/api/search", {"q": "{ .http.response.status_code / 0 = 1 }"}, "division by zero"),
        ("/api/search/tags", {"scope": "trace"}, "invalid scope: trace"),
        (
            "/api/v2/search/tag/s/values",
            {},
            "please provide a valid tagName: failed to parse identifier s: "
            "parse error at line 1, col 2: unknown identifier: s",
        ),
        ("/api/metrics/query_range", {"q": "{}"}, "not a metrics query"),
        ("/api/metrics/query_range", {"q": "{} | rate()", "step": "0"}, "step of 0s is too small"),
        (
            "/api/metrics/query_range",
            {"q": "{} | rate()", "start": 10000, "end": 20001, "step": "1s"},
            "step of 1s is too small, minimum step for given range is 1.0001s",
        ),
        (
            "/api/metrics/query_range",
            {"q": "{} | rate()", "start": 20, "end": 10},
            "end must be greater than start",
        ),
        (
            "/api/metrics/query_range",
            {"q": "{} | rate()", "start": 1, "end": 100000},
            "metrics query time range exceeds the maximum allowed duration of 3h0m0s",
        ),
        (
            "/api/metrics/query",
            {"q": "{ 1 = `a` } | rate()"},
            "compiling query: binary operations must operate on the same type",
        ),
    ],
)
def test_bad_requests(loaded, path, parameters, text):
    status, body = ask(loaded, path, **parameters)
    assert status == 400 and body.decode().startswith(text), (status, body[:300])


def test_a_query_ends_at_its_deadline(start, load):
    server = start(at("querier.search.query_timeout", "1ms"))
    assert load(server, spans=30_000).finish() == 0
    server.window = {"start": int(time.time()) - 3000, "end": int(time.time()) + 60}
    assert ask(server, "/api/search", q="{ } >> { } | count() > 1000") == (
        504,
        b"context deadline exceeded",
    )


def test_denied_urls(start, new_server):
    server = start(at("query_frontend.url_deny_list", ["limit=1[0-9]{3}"]))
    status, body = server.get("/api/search?q=%7B%7D&limit=1234")
    assert status == 400 and body.startswith(
        b"Invalid request /api/search?q=%7B%7D&limit=1234. This query has been identified"
    )
    assert server.get("/api/search?q=%7B%7D&limit=99")[0] == 200
    # Streamed queries are judged as the requests that ask for the same.
    for port in (server.rpc_port, server.http_port):
        with channel_to(port) as channel:
            with pytest.raises(grpc.RpcError) as refused:
                list(stream(channel, "Search", Query="{}", Limit=1234))
            assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert "This query has been identified" in refused.value.details()
            list(stream(channel, "Search", Query="{}", Limit=99))
            with pytest.raises(grpc.RpcError) as refused:
                list(stream(channel, "SearchTagsV2", query="{}", maxTagsPerScope=1999))
            assert "limit=1999&q=%7B%7D" in refused.value.details()
    broken = new_server(at("query_frontend.url_deny_list", ["("])).launch()
    assert broken.process.wait(20) == 1
    assert 'query_frontend.url_deny_list: \\"(\\"' in broken.log()
    broken.process = None


def test_search_skips_damaged_data(start, load):
    server = start()
    for _ in range(2):
        assert load(server, spans=3000).finish() == 0
        server.flush()
    server.window = {"start": int(time.time()) - 3000, "end": int(time.time()) + 60}
    whole = answer(server, "/api/metrics/query", q="{} | count_over_time()")["series"][0]["value"]
    data = server.block_directories()[0] / "data.parquet"
    raw = bytearray(data.read_bytes())
    raw[4 : len(raw) // 2] = b"\xff" * (len(raw) // 2 - 4)
    data.write_bytes(raw)
    server.restart()
    part = answer(server, "/api/metrics/query", q="{} | count_over_time()")["series"][0]["value"]
    assert 0 < part < whole
    assert answer(server, "/api/search", q="{}", limit=5)["traces"]
    assert server.metric("vivace_damaged_block_reads_total") > 0


# Expensive queries: each ends in time, within its memory limit, and leaves the server healthy.


def peak_growth(server, run):
    """Bytes by which the process grew at most while `run` ran."""
    process = pathlib.Path(f"/proc/{server.process.pid}")
    figure = lambda name: next(
        int(line.split()[1]) * 1024
        for line in (process / "status").read_text().splitlines()
        if line.startswith(name)
    )
    (process / "clear_refs").write_text("5")
    before = figure("VmRSS")
    run()
    return figure("VmHWM") - before


EXPENSIVE_QUERIES = {
    "everything": ("/api/search", {"q": "{}", "limit": 100000, "spss": 100}),
    "every span is a group": (
        "/api/search",
        {"q": "{} | by(span:id) | count() > 0", "limit": 100000},
    ),
    "every span beside every other": (
        "/api/search",
        {"q": "{} >> {} && {} ~ {} | avg(duration) > 0", "limit": 1000},
    ),
    "a long chain": (
        "/api/search",
        {"q": "{ " + " || ".join(f'span.k{i} = "x"' for i in range(3000)) + " }"},
    ),
    "deep nesting": ("/api/search", {"q": "{ " + "(" * 900 + ".a = 1" + ")" * 900 + " }"}),
    "too deep nesting": ("/api/search", {"q": "{ " + "!(" * 5000 + ".a" + ")" * 5000 + " }"}),
    "patterns": (
        "/api/search",
        {"q": "{ span.url.full =~ `" + "(a|b|c|.)*" * 60 + "z` || name =~ `(x+x+)+y` }"},
    ),
    "a huge pattern": ("/api/search", {"q": "{ name =~ `(.{1,900}){1,900}` }"}),
    "a series for every span": (
        "/api/metrics/query_range",
        {"q": "{} | rate() by (span:id)", "step": "1s"},
    ),
    "a histogram for every URL": (
        "/api/metrics/query_range",
        {"q": "{} | quantile_over_time(duration, .1, .5, .9) by (span.url.full)", "step": "1s"},
    ),
    "comparing all": (
        "/api/metrics/query_range",
        {"q": "{} | compare({ status = error }, 1000)", "step": "1s"},
    ),
    "tags of a filter": ("/api/v2/search/tags", {"q": "{ duration > 0 }"}),
    "values of ids": ("/api/v2/search/tag/.request.id/values", {}),
}


@pytest.mark.parametrize("name", EXPENSIVE_QUERIES)
def test_expensive_queries(loaded, name):
    path, parameters = EXPENSIVE_QUERIES[name]
    began = time.monotonic()
    outcome = []
    growth = peak_growth(loaded, lambda: outcome.append(ask(loaded, path, **parameters)))
    status, body = outcome[0]
    assert status in (200, 400, 504), body[:300]  # 504: out of time
    slowdown = 10 if SANITIZED else 1
    assert time.monotonic() - began < slowdown * SECONDS_PER_QUERY
    assert growth < slowdown * MEMORY_PER_QUERY_BYTES, f"{growth >> 20} MiB"
    assert loaded.get("/ready")[0] == 200
