"""Measures queries on sets of blocks (query_sets.py, set_queries.py): each the first time it is
asked, in a process of its own that remembers nothing, then again; with its window moved; and by two
clients at once."""

import contextlib
import http.client
import json
import statistics
import threading
import time
import urllib.parse

import query_sets
from run_bench import zstd_seconds
from server import Vivace
from set_queries import MOVED_SECONDS, NEEDLE_QUERY, QUERIES, TWO_CLIENTS

MILLION = 1_000_000
Z_SPANS_MAX = 200_000
ANSWER_SECONDS = 120
AGAIN_SECONDS = 15  # no further round after that
# Around the spans of a set, so that a window that moves holds them all.
MARGIN_SECONDS = 2 * MOVED_SECONDS


class Client:
    """A connection that is open before the first question."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", server.http_port, timeout=ANSWER_SECONDS
        )
        self.connection.connect()

    def ask(self, query, window):
        """(status, seconds, body)"""
        parameters = {**query.parameters, "start": window[0], "end": window[1]}
        begin = time.perf_counter()
        self.connection.request("GET", f"{query.path}?{urllib.parse.urlencode(parameters)}")
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status, time.perf_counter() - begin, body


class CpuMeter:
    """The server's CPU time, without what it costs to ask for it."""

    def __init__(self, server):
        self.server = server
        marks = [self._read() for _ in range(6)]
        self.own = statistics.median(b - a for a, b in zip(marks, marks[1:]))
        self.mark = self._read()

    def _read(self):
        return self.server.metric("process_cpu_seconds_total")

    def lap(self):
        """Seconds since the last lap."""
        before, self.mark = self.mark, self._read()
        return max(0.0, self.mark - before - self.own)


@contextlib.contextmanager
def server_of(made, scratch):
    """A fresh server on a set's blocks."""
    with contextlib.closing(Vivace(scratch / "server", blocks=made.blocks_directory)) as server:
        server.start()
        yield server
        server.stop()


def checked(name, query, status, body):
    """What the answer holds. An answer with nothing where there is something, or the reverse, is
    not worth a figure; one that came too late is shown as what it is."""
    if status == 504:
        return {"status": status, "inspected_bytes": 0}
    if status != 200:
        raise SystemExit(f"{name}: {status} {body[:300]}")
    answer = json.loads(body)
    found = next(
        (answer[key] for key in ("traces", "series", "scopes", "tagValues") if key in answer), []
    )
    if bool(found) != query.finds:
        raise SystemExit(f"{name}: {len(found)} found: {body[:300]}")
    inspected = int(answer.get("metrics", {}).get("inspectedBytes", 0))
    return {"status": status, "inspected_bytes": inspected}


def measure_query(name, made, window, scratch, rounds):
    """The first time and, in the same process, again."""
    query = QUERIES[name]
    with server_of(made, scratch) as server:
        client, meter = Client(server), CpuMeter(server)
        status, seconds, body = client.ask(query, window)
        figures = {"first_ms": 1e3 * seconds, "first_cpu_ms": 1e3 * meter.lap()}
        figures |= checked(name, query, status, body)
        if status != 200:
            return figures
        walls, cpus, end = [], [], time.monotonic() + AGAIN_SECONDS
        while len(walls) < rounds and (not walls or time.monotonic() < end):
            walls.append(client.ask(query, window)[1])
            cpus.append(meter.lap())
    return figures | {
        "median_ms": 1e3 * statistics.median(walls),
        "cpu_ms": 1e3 * statistics.median(cpus),
    }


def measure_moved(name, made, window, scratch):
    """A query whose window has moved since it was asked first."""
    query = QUERIES[name]
    with server_of(made, scratch) as server:
        client, meter = Client(server), CpuMeter(server)
        if client.ask(query, window)[0] != 200:
            return {"status": 504}
        meter.lap()
        moved = [seconds + MOVED_SECONDS for seconds in window]
        status, seconds, body = client.ask(query, moved)
        figures = {"wall_ms": 1e3 * seconds, "cpu_ms": 1e3 * meter.lap()}
        return figures | checked(name, query, status, body)


def measure_two_clients(name, made, window, scratch, rounds):
    """Two clients that ask the same at once, each `rounds` times."""
    query = QUERIES[name]
    seconds = []

    def ask(client):
        for _ in range(rounds):
            status, wall, _ = client.ask(query, window)
            seconds.append(wall if status == 200 else float("inf"))

    with server_of(made, scratch) as server:
        if Client(server).ask(query, window)[0] != 200:
            return {"status": 504}
        # After the first answer: a connection on which nothing comes is closed after seconds.
        clients = [Client(server) for _ in range(2)]
        meter, begin = CpuMeter(server), time.perf_counter()
        threads = [threading.Thread(target=ask, args=[client]) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = time.perf_counter() - begin
        cpu = meter.lap()
    if len(seconds) < 2 * rounds:
        raise SystemExit(f"{name}: a client of two failed")
    return {
        "status": 200 if max(seconds) < float("inf") else 504,
        "median_ms": 1e3 * statistics.median(seconds),
        "wall_ms_per_query": 1e3 * wall / len(seconds),
        "cpu_ms": 1e3 * cpu / len(seconds),
    }


def measure_set(block_set, made, scratch, rounds, only):
    window = (made.window[0] - MARGIN_SECONDS, made.window[1] + MARGIN_SECONDS)
    has_needle = block_set.blocks > 1
    wanted = [name for name in QUERIES if only in name and (has_needle or name != NEEDLE_QUERY)]
    moved = [name for name in wanted if QUERIES[name].moved_ms is not None]
    return {
        "name": str(block_set),
        "blocks": block_set.blocks,
        "spans": block_set.spans,
        "bytes": made.bytes,
        "revision": made.revision,
        "queries": {name: measure_query(name, made, window, scratch, rounds) for name in wanted},
        "moved": {name: measure_moved(name, made, window, scratch) for name in moved},
        "two_clients": {
            name: measure_two_clients(name, made, window, scratch, rounds)
            for name in TWO_CLIENTS
            if name in wanted
        },
    }


def measure_sets(which, spans, rounds, only, root, again, scratch):
    """Figures of each set, as they come; sets that are not there are made."""
    for block_set in query_sets.sets_of(which, spans):
        made = query_sets.made(block_set, root, again)
        yield measure_set(block_set, made, scratch, rounds, only)


def z_seconds(spans, scratch):
    """z for a million spans, measured on as many as the sets have, up to a limit."""
    z_spans = min(spans, Z_SPANS_MAX)
    return zstd_seconds(z_spans, scratch) * MILLION / z_spans
