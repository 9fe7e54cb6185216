"""TraceQL's answers over HTTP, each on live data, from a block and after a crash: what the recorded
answers do not cover, and what docs/traceql-differences.md promises."""

import json
import time
import urllib.parse

import grpc
import pytest

from otlp import JSON, any_value, new_trace_id, post, request_of
from server import Vivace, at, merged
from tempopb import channel_to, stream

SECOND = 10**9
CONFIG = merged(
    at("query_frontend.search.query_backend_after", "0s"),
    at("query_frontend.metrics.query_backend_after", "0s"),
)


def attributes(values):
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


class Data:
    """Sends spans, each a trace of its own unless it has a parent among those sent."""

    def __init__(self, server):
        self.server = server
        self.base = (int(time.time()) - 600) // 60 * 60
        self.count = 0

    def span(self, name, parent=None, resource=None, second=1, nanos=SECOND, events=(), **values):
        """The trace and id of the span sent. `values`: attributes, `__` standing for a point."""
        self.count += 1
        trace = parent[0] if parent else self.count
        start = (self.base + second) * SECOND
        span = {
            "traceId": f"{trace:032x}",
            "spanId": f"{self.count:016x}",
            "parentSpanId": f"{parent[1]:016x}" if parent else "",
            "name": name,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + nanos),
            "attributes": attributes({k.replace("__", "."): v for k, v in values.items()}),
            "events": [
                {"name": event, "timeUnixNano": str(start), "attributes": attributes(of_event)}
                for event, of_event in events
            ],
        }
        resource = {"service.name": "shop"} if resource is None else resource
        body = {
            "resourceSpans": [
                {
                    "resource": {"attributes": attributes(resource)},
                    "scopeSpans": [{"spans": [span]}],
                }
            ]
        }
        answer = post(self.server, json.dumps(body), JSON)
        assert answer.status_code == 200, answer.text
        return trace, self.count

    def send_all(self):
        a = self.span("a")
        b = self.span("b", a)
        c = self.span("c", b)
        self.span("d", c)
        self.span("orphan", (99_999, 88_888))
        for number in (1, 2, 3):
            self.span("tie", num=number)
        self.span("tied words", flag=True)
        self.span("tied words")
        self.span("lists", list=[1, 2])
        self.span("lists")
        self.span("lists", list=5)
        self.span("no service", resource={})
        self.span("number service", resource={"service.name": 7})
        self.span("own service", resource={}, service__name="own")
        self.span("backwards", nanos=-191_000)
        self.span("infinite", x=float("inf"))
        self.span("infinite", x=1.5)
        self.span("infinite", x=float("nan"))
        self.span("pod", source__pod__name="nginx-12", side="left")
        self.span("pod", source__pod__name="nginx-*", side="right")
        self.span("pod", source__pod__name="redis", side="other")
        self.span("web", http__method="GET", i=1)
        self.span("web", i=2, resource={"service.name": "shop", "cluster": "one"})
        self.span("lines", msg='one\ntwo "three" grüße')
        self.span("equal lists", left=[1, 2], right=[1, 2])
        self.span("other lists", left=[1, 2], right=[1, 3])
        self.span("eventful", events=[("boom", {"in_event": 1})])
        self.send_name(b"bad\xffname")
        return self

    def send_name(self, name):
        """What senders must not send, and do."""
        placeholder = b"?" * len(name)
        request = request_of((new_trace_id(), b"\1" * 8), name=placeholder.decode())
        body = request.SerializeToString().replace(placeholder, name)
        assert post(self.server, body).status_code == 200

    def get(self, path, **parameters):
        window = {"start": self.base - 60, "end": self.base + 900}
        query = urllib.parse.urlencode({**window, **parameters})
        status, body = self.server.get(f"{path}?{query}")
        return status, body.decode()

    def answer(self, path, **parameters):
        status, body = self.get(path, **parameters)
        assert status == 200, body
        return json.loads(body)

    def spans(self, query, **parameters):
        found = self.answer("/api/search", q=query, limit=1000, spss=100, **parameters)
        return [
            span
            for trace in found["traces"]
            for spanset in trace["spanSets"]
            for span in spanset["spans"]
        ]

    def names(self, query):
        """Of the spans that match, without repetitions, in order."""
        return sorted({span.get("name", "") for span in self.spans(f"{query} | select(name)")})

    def series(self, query, **parameters):
        """Labels as text, and the largest sample."""
        found = self.answer("/api/metrics/query_range", q=query, step="1h", **parameters)
        return {
            labels_of(one): max(sample_of(s) for s in one["samples"]) for one in found["series"]
        }


def plain(pair):
    """The value of a key and a value, "" where it is empty."""
    return next(iter(pair.get("value", {}).values()), "")


def labels_of(series):
    return " ".join(f"{label['key']}={plain(label)}" for label in series["labels"])


def sample_of(sample):
    return float(sample.get("value", 0))


@pytest.fixture(scope="module", params=["live", "flushed", "killed"])
def data(request, tmp_path_factory):
    server = Vivace(tmp_path_factory.mktemp("server"), CONFIG).start()
    sent = Data(server).send_all()
    if request.param == "flushed":
        server.flush()
    elif request.param == "killed":
        server.kill9()
        server.start()
    yield sent
    server.close()


# Structure, types, names.


@pytest.mark.parametrize(
    "query, expected",
    [
        ('{ } &>> { name = "c" }', "a b c"),
        ('{ name != "d" } &>> { name = "d" }', "a b c d"),
        ('{ name = "d" } &<< { name != "d" }', "a b c d"),
        ('{ name = "c" } &<< { }', "a b c"),
        ('{ name = "a" } &> { }', "a b"),
        ('{ name = "b" } &< { }', "a b"),
        ("{ } &~ { }", ""),
        ('{ } !> { name =~ "orphan|d" }', "orphan"),
    ],
)
def test_structure(data, query, expected):
    assert " ".join(data.names(query)) == expected


@pytest.mark.parametrize(
    "query, expected",
    [
        ('{ .service.name = "" }', ["no service", "number service"]),
        ('{ resource.service.name = "" }', ["no service", "number service", "own service"]),
        ('{ .service.name = "own" }', ["own service"]),
        ("{ .service.name = nil }", []),
        ('{ .service.name != "shop" && name =~ ".* service" }', None),
        ('{ .service.name != nil && name =~ ".* service" }', None),
    ],
)
def test_a_service_without_a_name(data, query, expected):
    every = ["no service", "number service", "own service"]
    assert data.names(query) == (every if expected is None else expected)


def test_a_service_without_a_name_as_a_group(data):
    query = '{ name =~ "no service|number service|own service" }'
    assert data.series(f"{query} | count_over_time() by (.service.name)") == {
        ".service.name=": 2,
        ".service.name=own": 1,
    }
    found = data.answer("/api/search", q=f"{query} | by(.service.name)", limit=100)
    groups = {plain(s["attributes"][0]) for t in found["traces"] for s in t["spanSets"]}
    assert groups == {"", "own"}


@pytest.mark.parametrize(
    "query", ["{ !.b = 5 }", '{ !.b = "x" }', "{ !.a > 5 }", '{ !.b =~ "x" }', "{} | max(!.a) > 1"]
)
def test_a_unary_has_its_operands_type(data, query):
    assert data.spans(query) == []


# Metrics.


def test_ties(data):
    tied = '{ name = "tie" } | count_over_time() by (span.num)'
    assert list(data.series(f"{tied} | topk(1)")) == ["span.num=3"]
    assert list(data.series(f"{tied} | bottomk(1)")) == ["span.num=1"]
    buckets = '{ name = "tie" && span.num > 1 } | histogram_over_time(span.num)'
    assert list(data.series(f"{buckets} | topk(1)")) == ["__bucket=4"]
    assert list(data.series(f"{buckets} | bottomk(1)")) == ["__bucket=2"]
    words = '{ name = "tied words" } | rate() by (span.flag)'
    assert list(data.series(f"{words} | topk(1)")) == ["span.flag=True"]
    assert list(data.series(f"{words} | bottomk(1)")) == ["span.flag=nil"]


def test_arrays_are_series_of_their_own(data):
    query = '{ name = "lists" } | count_over_time() by '
    assert data.series(f"{query} (span.z, span.list)") == {
        "span.list=nil": 1,
        "span.z=nil": 1,
        "span.list=5": 1,
    }
    # Alone they look like those that lack the attribute.
    assert data.series(f"{query} (span.list)") == {"span.list=nil": 2, "span.list=5": 1}


def test_infinite_values_are_values_and_no_number_is_none(data):
    for function, expected in [("avg", "inf"), ("sum", "inf"), ("max", "inf"), ("min", "1.5")]:
        query = f'{{ name = "infinite" }} | {function}_over_time(span.x)'
        assert list(data.series(query).values()) == [float(expected)], function
        assert list(data.series(f"{query} > 1").values()) == [float(expected)], function
    raw = data.get(
        "/api/metrics/query", q='{ name = "infinite" } | avg_over_time(span.x)', exemplars=0
    )[1]
    assert '"value":"Infinity"' in raw


def test_compare_has_exemplars(data):
    query = '{ name = "web" } | compare({ span.i = 1 })'
    found = data.answer("/api/metrics/query_range", q=query, step="1h", exemplars=10)
    exemplars = {
        labels_of(series): [
            {label["key"]: plain(label) for label in exemplar["labels"]}
            for exemplar in series.get("exemplars", [])
        ]
        for series in found["series"]
    }
    (selected,) = exemplars["__meta_type=selection span.i=1"]
    assert selected["name"] == "web" and selected["span.i"] == "1" and selected["trace:id"]
    (other,) = exemplars["__meta_type=baseline span.i=2"]
    assert other["trace:id"] != selected["trace:id"]
    assert exemplars["__meta_type=selection name=web"] == [selected]
    without = data.answer(
        "/api/metrics/query_range", q=f"{query} with (exemplars=false)", step="1h", exemplars=10
    )
    assert without["series"] and all("exemplars" not in series for series in without["series"])


# Texts.


def test_an_empty_query_names_no_place(data):
    message = "parse error : syntax error: unexpected $end"
    for path in ("query_range", "query"):
        status, body = data.get(f"/api/metrics/{path}", q="", step="1h")
        assert status == 400 and message in body, body
    blank = data.get("/api/metrics/query_range", q="   ", step="1h")
    assert (
        blank[0] == 400
        and "parse error at line 1, col 4: syntax error: unexpected $end" in blank[1]
    )


def test_mistyped_scopes_are_refused(data):
    for query in ["{ reaource.i < 5 }", "{ spna.i < 5 }", "{} | by(evnet.i)"]:
        status, body = data.get("/api/search", q=query)
        assert status == 400 and "Did you mean" in body, body
    assert data.get("/api/v2/search/tag/spna.i/values")[0] == 400


def test_stars_in_texts_compared_with_bare_names(data):
    def sides(query):
        shown = data.spans(f"{query} | select(span.side)")
        return sorted(plain(a) for s in shown for a in s["attributes"] if a["key"] == "side")

    assert sides('{ source.pod.name = "nginx-*" }') == ["left", "right"]
    assert sides('{ source.pod.name = "nginx-\\\\*" }') == ["right"]
    assert sides("{ source.pod.name = `nginx-\\*` }") == ["right"]
    assert sides('{ .source.pod.name = "nginx-*" }') == ["right"]


def test_regular_expressions_on_what_is_no_utf8(data):
    assert data.names('{ name =~ "bad.*" }') == ["bad\ufffdname"]
    assert data.names('{ name =~ "bad.name" }') == ["bad\ufffdname"]
    assert data.names('{ name =~ "bad[^x]name" }') == ["bad\ufffdname"]
    assert data.names('{ name =~ "bad..name" }') == []
    assert "bad\ufffdname" not in data.names('{ name !~ "bad.*" }')


def test_escapes_in_tags(data):
    found = data.answer("/api/search", tags=r'msg="one\ntwo \"three\" gr\u00fc\u00dfe"')
    assert [trace["rootTraceName"] for trace in found["traces"]] == ["lines"]


# Tags.


def test_tag_names_where_nothing_passes(data):
    scopes = data.answer("/api/v2/search/tags", q='{ name = "no such" }')["scopes"]
    assert [scope["name"] for scope in scopes] == ["intrinsic"]
    assert data.answer("/api/search/tags", q='{ name = "no such" }')["tagNames"] == []
    passing = data.answer("/api/v2/search/tags", q='{ name = "web" }')["scopes"]
    assert {"resource", "span"} <= {scope["name"] for scope in passing}


def test_tag_values_that_the_filter_names(data):
    def values(tag, query):
        found = data.answer(f"/api/v2/search/tag/{tag}/values", q=query)["tagValues"]
        return sorted(value["value"] for value in found)

    assert values(".i", '{ name = "web" && .i = 1 }') == ["1"]
    assert values("span.i", '{ name = "web" && span.i = 1 }') == ["1"]
    assert values(".i", '{ name = "web" }') == ["1", "2"]
    # Bare names filter; attributes without scope do not, as in Tempo.
    assert values("span.side", '{ source.pod.name = "nginx-*" }') == ["left", "right"]
    assert values("span.side", '{ .source.pod.name = "redis" }') == ["left", "other", "right"]


def test_selected_attributes_that_are_missing(data):
    def shown(query):
        return sorted(
            " ".join(sorted(f"{a['key']}={plain(a)}" for a in span["attributes"]))
            for span in data.spans(query)
        )

    query = '{ name = "web" } | select(span.http.method, resource.cluster, span.nosuch)'
    assert shown(query) == ["cluster=nil http.method=GET", "cluster=one http.method=nil"]
    assert shown('{ name = "web" } | select(.cluster)') == ["cluster=nil", "cluster=one"]
    assert shown('{ name = "web" && span.i = 1 } | select(span.http.method)') == [
        "http.method=GET i=1"
    ]


# Spans that end before they start.


def test_a_negative_duration_is_none(data):
    assert data.names('{ name = "backwards" && duration = 0s }') == ["backwards"]
    assert data.names('{ name = "backwards" && duration > 1h }') == []
    assert data.names('{ name = "backwards" && trace:duration > 1h }') == []
    found = data.answer("/api/search", minDuration="1h")
    assert "backwards" not in [trace.get("rootTraceName") for trace in found["traces"]]
    (span,) = data.spans('{ name = "backwards" }')
    assert "durationNanos" not in span
    slowest = data.series('{ name = "backwards" } | max_over_time(duration)')
    assert list(slowest.values()) == [0]
    assert list(data.series('{ name = "backwards" } | quantile_over_time(duration, .9)')) == []
    status, body = data.server.get(f"/api/traces/{int(found_id(data)):032x}")
    (one,) = json.loads(body)["batches"][0]["scopeSpans"][0]["spans"]
    assert status == 200
    assert int(one["endTimeUnixNano"]) == int(one["startTimeUnixNano"]) - 191_000, "as sent"


def found_id(data):
    (trace,) = data.answer("/api/search", q='{ name = "backwards" }')["traces"]
    return int(trace["traceID"], 16)


# What docs/traceql-differences.md lists as Tempo's mistakes.


@pytest.mark.parametrize(
    "query, expected",
    [
        # Without events or links there is no name or id to compare.
        ('{ name = "web" && event:name != "x" && event:name < "y" }', []),
        ('{ name = "web" && link:spanID != "x" && link:traceID = "" }', []),
        # Missing text columns are missing; other types in them are there.
        ('{ name = "web" && span.http.method = "nil" }', []),
        ('{ name = "web" && resource.cluster != "one" }', []),
        # Without a value there is nothing to compute with.
        ('{ name = "web" && span.nosuch + 1 = 1 }', []),
        ('{ name = "web" && !(span.nosuch + 1 = 1) }', ["web"]),
        ('{ name = "web" && (true || span.m = nil) }', ["web"]),
        # Arrays are compared with arrays as a whole.
        ("{ span.left = span.right }", ["equal lists"]),
        ("{ span.left != span.right }", ["other lists"]),
        # Attributes of events have a scope.
        ("{ .in_event = 1 }", []),
        ("{ event.in_event = 1 }", ["eventful"]),
    ],
)
def test_documented_differences(data, query, expected):
    assert data.names(query) == expected


def test_documented_differences_of_metrics(data):
    assert data.series('{ name = "web" } | sum_over_time(span.nosuch)') == {}
    assert data.series('{ name = "web" } | sum_over_time(span.nosuch) by (name)') == {}
    assert data.series('{ name = "web" } | rate() by (name, span.http.method)').keys() == {
        "name=web",
        "name=web span.http.method=GET",
    }
    query = '{ name = "web" && trace:duration > 100ms } | max_over_time(duration)'
    assert list(data.series(query).values()) == [1]
    query = '{ span.i > 1 || name = "web" } | sum_over_time(span.i)'
    assert list(data.series(query).values()) == [3]
    query = '{ name = "web" } | compare({ span.i = 1 })'
    counts = data.series(query)
    assert counts["__meta_type=selection span.i=1"] == 1
    assert counts["__meta_type=selection_total span.i=nil"] == 1


def test_documented_differences_of_tags(data):
    scopes = data.answer("/api/v2/search/tags", q="{ span.i = 2 }")["scopes"]
    names = {scope["name"]: scope["tags"] for scope in scopes}
    assert "cluster" in names["resource"] and "service.name" in names["resource"]
    assert "i" in names["span"] and "side" not in names["span"]


def test_streamed_queries_say_the_same_of_an_empty_text(data):
    with channel_to(data.server.http_port) as channel:
        window = {"start": data.base * SECOND, "end": (data.base + 60) * SECOND}
        with pytest.raises(grpc.RpcError) as error:
            list(stream(channel, "MetricsQueryRange", query="", step=SECOND, **window))
        assert "parse error : syntax error: unexpected $end" in error.value.details()


def test_exemplars_of_a_comparison_are_limited(start):
    """100 exemplars for each of 130 attributes would be 13,000."""
    data = Data(start(CONFIG))
    values = {f"attribute{number}": 1 for number in range(130)}
    for second in range(100):
        data.span("wide", second=second, **values)
    found = data.answer(
        "/api/metrics/query_range",
        q='{} | compare({ name = "wide" })',
        step="1s",
        exemplars=100,
        start=data.base,
        end=data.base + 100,
    )
    shown = sum(len(series.get("exemplars", [])) for series in found["series"])
    assert shown == 10_000
