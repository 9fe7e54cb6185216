"""What is asked of sets of blocks, and the bars that hold for it.

Bars are those of a machine on which `zstd -1` takes REFERENCE_Z_SECONDS of CPU for the OTLP of a
million spans; they are scaled by what it takes here.
"""

import dataclasses
import types

from query_sets import NEEDLE

REFERENCE_Z_SECONDS = 2.2
SEARCH = "/api/search"
METRICS = "/api/metrics/query_range"
# Set by number of blocks for which bars of a wall time and of CPU in all are meant.
BARRED_BLOCKS = 4
# The largest set costs at most so many times what a single block of a sixth of its spans does.
GROWTH_MAX = 7
# Wall time of a scan of the largest set, in parts of its CPU time.
PARALLEL_MAX = 0.6
# Of what a scan reads, a value that occurs in one block reads at most that of so many blocks.
NEEDLE_BLOCKS = 2
# The same query, its window moved by so much: as a dashboard asks.
MOVED_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Query:
    """Bars, None where there is none: `first_ms` is wall time, first time asked, and `cpu_ms` CPU,
    both in the set of BARRED_BLOCKS; `cpu_ms_per_million` holds in every set, `moved_ms` is wall
    time when the window has moved. `grows`: GROWTH_MAX holds."""

    path: str
    parameters: dict
    first_ms: float | None = None
    cpu_ms: float | None = None
    cpu_ms_per_million: float | None = None
    moved_ms: float | None = None
    grows: bool = False
    finds: bool = True


def search(query, *bars, **more):
    return Query(SEARCH, {"q": query}, *bars, **more)


def metrics(query, **more):
    return Query(METRICS, {"q": query, "step": "60s"}, **more)


# A search without a match that has to look at whole traces.
WHOLE_TRACES = types.MappingProxyType({"cpu_ms_per_million": 150, "grows": True, "finds": False})
SCAN = "two attributes, no match"
NEEDLE_QUERY = "a value of one block"
COMPARE = "compare()"

QUERIES = {
    "newest 20 of {}": search("{}", 6, 10),
    "service": search('{ resource.service.name = "shop-backend" }', 6, 3.5),
    "name": search('{ name = "list-articles" }', 6, 3.5),
    "one span attribute": search('{ span.http.request.method = "GET" }', 10, 9),
    "status and kind": search("{ status = error } && { kind = server }", 8, 9),
    "structural": search("{ kind = server } >> { status = error }", 8, 6.5),
    "duration": search("{ duration > 1s }", 8, 10),
    "unscoped, two attributes": search(
        '{ .http.request.method = "GET" && .service.name = "shop-backend" }', 15, 17.5
    ),
    SCAN: search(
        '{ span.http.request.method = "GET" && span.http.response.status_code = 599 }',
        60,
        349,
        finds=False,
    ),
    "aggregate, no match": search(
        '{ resource.service.name = "shop-backend" } | count() > 100000', 100, 147, **WHOLE_TRACES
    ),
    "rootName, no match": search('{ rootName = "nosuch" }', **WHOLE_TRACES),
    "trace:duration, no match": search("{ trace:duration > 10h }", **WHOLE_TRACES),
    "structural, no match": search(
        '{ resource.service.name = "shop-backend" } >> { kind = client && duration > 10m }',
        **WHOLE_TRACES,
    ),
    "structural rate()": metrics(
        "{ nestedSetParent < 0 } >> { status = error } | rate()", cpu_ms_per_million=150, grows=True
    ),
    NEEDLE_QUERY: search(f'{{ span.{NEEDLE["key"]} = "{NEEDLE["value"]}" }}', 10),
    COMPARE: metrics("{} | compare({ status = error })", cpu_ms_per_million=800, moved_ms=60),
    "rate()": metrics("{} | rate()", cpu_ms_per_million=12, moved_ms=3),
    "rate() by (service)": metrics(
        "{} | rate() by (resource.service.name)", cpu_ms_per_million=50, moved_ms=3
    ),
    "rate() by (span attribute)": metrics(
        "{} | rate() by (span.http.response.status_code)", cpu_ms_per_million=50, moved_ms=3
    ),
    "quantiles by (name)": metrics(
        "{} | quantile_over_time(duration, .5, .9, .99) by (name)",
        cpu_ms_per_million=40,
        moved_ms=3,
    ),
    "tag names": Query("/api/v2/search/tags", {}, 5, 11.5),
    "tag values": Query("/api/v2/search/tag/name/values", {}, 2, 1.6),
    "tag values with a filter": Query(
        "/api/v2/search/tag/name/values",
        {"q": '{ resource.service.name = "shop-backend" }'},
        5,
        56,
    ),
}
TWO_CLIENTS = (SCAN, COMPARE)
