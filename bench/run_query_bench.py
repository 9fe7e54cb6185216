#!/usr/bin/env python3
"""Measures queries against the project's targets: on a block of a million spans, on live data and
on sets of several blocks. Prints tables and writes JSON.

  run_query_bench.py [--spans N] [--rounds N] [--only TEXT] [--sets none|small|all]
                     [--sets-only] [--sets-directory DIR] [--remake-sets]
                     [--json FILE] [--directory DIR] [--check]

CPU of the server is given in s, the CPU time in which Arrow decodes every column of that block on
the same machine. Live data is one segment of up to 300,000 spans; its figures are scaled to the
block's number of spans.

Sets are one block of the million, four blocks of a quarter and (all) 24 blocks of a quarter. They
are kept in --sets-directory; the last takes some minutes the first time. As they hold what the
server of that day wrote, --remake-sets makes them again after a change of the writer.
"""

import argparse
import contextlib
import datetime
import itertools
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/support"))
from load import Load  # noqa: E402
from measure_sets import measure_sets, z_seconds  # noqa: E402
from run_bench import finished, peak_memory_bytes  # noqa: E402
from server import BINARY, Vivace, wait_until  # noqa: E402
from set_table import print_sets  # noqa: E402

BUILD = BINARY.parent
MILLION = 1_000_000
LIVE_SPANS_MAX = 300_000
# name: (path, parameters, target in s per million spans on a block, what Tempo 2.10.8 needs)
QUERIES = {
    "full scan, two attributes": (
        "/api/search",
        {"q": '{ span.http.request.method = "GET" && span.http.response.status_code = 599 }'},
        0.1,
        0.94,
    ),
    "full scan, two attributes, many hits": (
        "/api/search",
        {"q": '{ span.http.request.method = "GET" && span.http.response.status_code >= 200 }'},
        0.1,
        0.94,
    ),
    "rate()": ("/api/metrics/query_range", {"q": "{} | rate()", "step": "60s"}, 0.03, 0.29),
    "rate() by (resource attribute)": (
        "/api/metrics/query_range",
        {"q": "{} | rate() by (resource.service.name)", "step": "60s"},
        0.11,
        1.13,
    ),
    "rate() by (span attribute)": (
        "/api/metrics/query_range",
        {"q": "{} | rate() by (span.http.response.status_code)", "step": "60s"},
        0.11,
        1.13,
    ),
    "quantile_over_time by (name)": (
        "/api/metrics/query_range",
        {"q": "{} | quantile_over_time(duration, .5, .9, .99) by (name)", "step": "60s"},
        0.09,
        0.94,
    ),
    "compare()": (
        "/api/metrics/query_range",
        {"q": "{} | compare({ status = error })", "step": "60s"},
        1.5,
        33.6,
    ),
    "tag values with a filter": (
        "/api/v2/search/tag/name/values",
        {"q": '{ resource.service.name = "shop-backend" }'},
        0.015,
        0.15,
    ),
    "a value that is nowhere": (
        "/api/search",
        {"q": '{ span.http.request.method = "NOSUCH" }'},
        0.003,
        None,
    ),
    "structural": ("/api/search", {"q": "{ status = error } >> { kind = client }"}, None, None),
}
LIVE_FACTOR = 2  # what live data may cost more
BUSY_P99_MS = 50  # ingest while queries run


def send_query(server, path, parameters, window):
    query = urllib.parse.urlencode({**parameters, "start": window[0], "end": window[1]})
    status, body = server.get(f"{path}?{query}", timeout=300)
    if status != 200:
        raise SystemExit(f"{path} {parameters}: {status} {body[:300]}")
    return body


def cpu_of(server, path, parameters, window, rounds):
    """The median CPU seconds of the server for one request, and the size of the answer."""
    answer = send_query(server, path, parameters, window)  # warms up
    seconds = []
    for _ in range(rounds):
        before = server.metric("process_cpu_seconds_total")
        send_query(server, path, parameters, window)
        seconds.append(server.metric("process_cpu_seconds_total") - before)
    return statistics.median(seconds), len(answer)


def window_of(meta):
    """The time range of a block, in seconds."""
    times = (
        datetime.datetime.fromisoformat(meta[key].replace("Z", "+00:00")).timestamp()
        for key in ("startTime", "endTime")
    )
    return [int(seconds) for seconds in times]


def unit_seconds(data):
    output = subprocess.run(
        [BUILD / "arrow_decode", data], check=True, capture_output=True, text=True
    ).stdout
    return float(output), data.stat().st_size


def measure_queries(server, window, rounds, only):
    return {
        name: cpu_of(server, path, parameters, window, rounds)[0]
        for name, (path, parameters, _, _) in QUERIES.items()
        if only in name
    }


class QueryClient(threading.Thread):
    """A client that sends the queries in turn, each as soon as the last is answered, until it is
    stopped."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.answered, self.stopped = server, 0, threading.Event()
        self.start()

    def run(self):
        for path, parameters, _, _ in itertools.cycle(QUERIES.values()):
            if self.stopped.is_set():
                return
            send_query(
                self.server, path, parameters, [int(time.time()) - 3000, int(time.time()) + 60]
            )
            self.answered += 1

    def stop(self):
        self.stopped.set()
        self.join(60)


def ingest_while_querying(directory, spans):
    """Ingest at half of what the server can take, with a block cut and built in the middle, while a
    client queries without pause."""
    with contextlib.closing(Vivace(directory / "busy-server")) as server:
        server.start()
        rate = (
            finished(Load(server, directory / "full", spans=spans // 2, retry=True))[
                "spans_per_second"
            ]
            / 2
        )
        client = QueryClient(server)
        # Latencies count from when a request was due: with few connections, each of which has one
        # request under way, the queue before them would be measured instead of the server.
        load = Load(server, directory / "half", spans=spans, rate=rate, connections=16, seed=2)
        middle = time.monotonic() + spans / rate / 2
        wait_until(
            lambda: time.monotonic() > middle or load.process.poll() is not None,
            600,
            "the middle of the load",
        )
        server.flush()
        latency = finished(load)["latency_ms"]
        client.stop()
        figures = {
            "rate": rate,
            "p50_ms": latency["p50"],
            "p99_ms": latency["p99"],
            "queries": client.answered,
            "peak_memory_mb": peak_memory_bytes(server.process.pid) / 1e6,
        }
        server.stop()
    return figures


def measure(directory, spans, rounds, only):
    blocks = directory / "blocks"
    subprocess.run([BUILD / "storage_bench", str(spans), blocks], check=True, capture_output=True)
    (data,) = blocks.glob("*/*/data.parquet")
    unit, size = unit_seconds(data)
    block_window = window_of(json.loads(data.with_name("meta.json").read_text()))
    figures = {"unit_seconds": unit, "block_bytes": size, "spans": spans}
    with contextlib.closing(Vivace(directory / "block-server", blocks=blocks)) as server:
        server.start()
        figures["block"] = {
            name: seconds / unit
            for name, seconds in measure_queries(server, block_window, rounds, only).items()
        }
        server.stop()
    live_spans = min(spans, LIVE_SPANS_MAX)
    figures["busy"] = ingest_while_querying(directory, spans)
    with contextlib.closing(Vivace(directory / "live-server")) as server:
        server.start()
        finished(Load(server, directory / "load", spans=live_spans, retry=True))
        live_window = [int(time.time()) - 3000, int(time.time()) + 60]
        scale = spans / live_spans / unit
        figures["live"] = {
            name: seconds * scale
            for name, seconds in measure_queries(server, live_window, rounds, only).items()
        }
        server.stop()
    return figures


def print_table(figures):
    """True where every target is met."""
    print(
        f"s = {figures['unit_seconds']:.3f} s of CPU for {figures['spans']} spans, "
        f"{figures['block_bytes'] / 1e6:.0f} MB"
    )
    print(f"{'':40}{'block':>10}{'target':>8}{'live':>10}{'target':>8}{'Tempo 2.10':>12}")
    met = True
    for name in figures["block"]:
        target, tempo = QUERIES[name][2:]
        block, live = figures["block"][name], figures["live"][name]
        missed = target is not None and (block > target or live > LIVE_FACTOR * target)
        met = met and not missed
        targets = ("", "") if target is None else (f"{target:g}", f"{LIVE_FACTOR * target:g}")
        print(
            f"{name:40}{block:10.4f}{targets[0]:>8}{live:10.4f}{targets[1]:>8}{tempo or '':>12}"
            f"{'  MISSED' if missed else ''}"
        )
    busy = figures["busy"]
    missed = busy["p99_ms"] > BUSY_P99_MS
    print(
        f"ingest at {busy['rate']:.0f} spans/s while {busy['queries']} queries are answered: "
        f"p50 {busy['p50_ms']:.1f} ms, p99 {busy['p99_ms']:.1f} ms (at most {BUSY_P99_MS}), "
        f"peak memory {busy['peak_memory_mb']:.0f} MB{'  MISSED' if missed else ''}"
    )
    return met and not missed


def parsed_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spans", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="queries whose name contains this text")
    parser.add_argument(
        "--sets", choices=("none", "small", "all"), default="all", help="default %(default)s"
    )
    parser.add_argument(
        "--sets-only", action="store_true", help="no single block, live data and busy server"
    )
    parser.add_argument(
        "--sets-directory",
        default=BUILD / "query-bench-sets",
        help="where they are kept (default %(default)s)",
    )
    parser.add_argument("--remake-sets", action="store_true")
    parser.add_argument(
        "--json",
        default="build/query-bench.json",
        help="where the figures go (default %(default)s)",
    )
    parser.add_argument(
        "--directory",
        help="scratch directory, emptied afterwards (default: a new one under the system's)",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit status 1 where a target is missed"
    )
    return parser.parse_args()


def measure_all(arguments, scratch):
    """The figures, and whether every target is met; tables are printed as they are measured."""
    figures, met = {}, True
    if not arguments.sets_only:
        figures = measure(scratch, arguments.spans, arguments.rounds, arguments.only)
        met = print_table(figures)
    if arguments.sets != "none":
        sets = measure_sets(
            arguments.sets,
            arguments.spans,
            arguments.rounds,
            arguments.only,
            arguments.sets_directory,
            arguments.remake_sets,
            scratch,
        )
        figures["z_seconds"] = z_seconds(arguments.spans, scratch)
        figures["sets"], sets_met = print_sets(figures["z_seconds"], sets)
        met = met and sets_met
    return figures, met


def main():
    arguments = parsed_arguments()
    sys.stdout.reconfigure(line_buffering=True)  # minutes lie between the tables
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(1)
    )  # so that the server and the scratch directory go too
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="vivace-query-bench-", dir=arguments.directory))
    try:
        figures, met = measure_all(arguments, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    pathlib.Path(arguments.json).write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if arguments.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
