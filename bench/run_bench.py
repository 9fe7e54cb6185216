#!/usr/bin/env python3
"""Measures the server against the project's targets: ingest, memory, size on disk, latency, trace
by id. Prints a table and writes JSON.

  run_bench.py [--spans N] [--connections N] [--json FILE] [--directory DIR] [--check]

CPU is given in z, the CPU time that `zstd -1` needs for the same bytes on the same machine.
VIVACE_BINARY and VIVACE_LOAD_DRIVER name programs to use instead of those of build/. Needs twice
the bytes sent as disk space (2.3 GB for a million spans) in DIR while it runs.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/support"))
from load import CORPUS, Load  # noqa: E402
from server import LOAD_DRIVER, Vivace, wait_until  # noqa: E402

MILLION = 1_000_000
BLOCK_SECONDS = 300
LOOKUPS = 200
# Spans of one scope that a small request has at most: 1.6 on average.
SMALL_REQUEST_SPANS = 5
NEIGHBOUR_RATE = 80_000
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# name: (unit, target, what Tempo 2.10.8 needs); a target of None: shown only.
FIGURES = {
    "ingest_cpu_z": ("z per million spans", 3, "31"),
    "ingest_cpu_seconds": ("s per million spans", None, ""),
    "z_seconds": ("s per million spans", None, ""),
    "peak_memory_mb": ("MB", 500, "2400"),
    "bytes_per_span": ("bytes", 110, "234"),
    "blocks": ("", None, ""),
    "spans_per_second": ("spans/s", None, ""),
    "latency_p50_ms": ("ms at full rate", None, ""),
    "latency_p99_ms": ("ms at full rate", None, ""),
    "half_rate_p50_ms": ("ms at half rate, with a block being built", None, ""),
    "half_rate_p99_ms": ("ms at half rate, with a block being built", None, ""),
    "http_spans_per_second": ("spans/s over HTTP", None, ""),
    "http_latency_p99_ms": ("ms over HTTP", None, ""),
    "small_http_64_cpu_us": ("us of server CPU a request, 64 connections", 20, "148"),
    "small_grpc_64_cpu_us": ("us of server CPU a request, 64 connections", 20, "157"),
    "small_http_4_cpu_us": ("us of server CPU a request, 4 connections", 40, ""),
    "small_grpc_4_cpu_us": ("us of server CPU a request, 4 connections", 40, "187"),
    "small_http_4_p50_ms": ("ms, 4 connections", 1, ""),
    "small_grpc_4_p50_ms": ("ms, 4 connections", 1, ""),
    "neighbour_p99_ms": ("ms at 80,000 spans/s beside busy processes", None, ""),
    "neighbour_max_ms": ("ms at 80,000 spans/s beside busy processes", 1000, ""),
    "trace_by_id_p50_ms": ("ms", None, "125-190"),
    "trace_by_id_p99_ms": ("ms", None, ""),
    "trace_by_id_cpu_ms": ("ms of server CPU", None, "250-350"),
    "trace_by_id_inspected_bytes": ("bytes, median", None, ""),
}


def cpu_seconds(pid):
    """User and system time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def peak_memory_bytes(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def zstd_seconds(spans, directory):
    """CPU seconds of `zstd -1` for the bytes of so many spans."""
    path = directory / "requests"
    subprocess.run(
        [LOAD_DRIVER, "--data", CORPUS, "--spans", str(spans), "--generate", path], check=True
    )
    before = children_seconds()
    with open(os.devnull, "wb") as nowhere:
        subprocess.run(["zstd", "-1", "-q", "-c", path], stdout=nowhere, check=True)
    path.unlink()
    return children_seconds() - before


def finished(load):
    """The figures of a load that must have succeeded."""
    if load.finish(900) != 0:
        raise SystemExit(f"the load failed:\n{load.output}")
    return load.figures()


def ingest(server, directory, spans, connections):
    """All spans at full rate, through to finished blocks; the figures and the traces sent."""
    before = cpu_seconds(server.process.pid)
    load = Load(server, directory / "full", spans=spans, connections=connections, retry=True)
    figures = finished(load)
    server.flush()
    traces = load.traces()
    wait_until(
        lambda: server.block_objects() >= len(traces),
        BLOCK_SECONDS,
        lambda: f"{len(traces)} traces in blocks\n{server.log_tail()}",
    )
    millions = figures["spans"] / MILLION
    blocks = server.block_directories()
    size = sum(path.stat().st_size for block in blocks for path in block.iterdir())
    return traces, {
        "ingest_cpu_seconds": (cpu_seconds(server.process.pid) - before) / millions,
        "peak_memory_mb": peak_memory_bytes(server.process.pid) / 1e6,
        "bytes_per_span": size / figures["spans"],
        "blocks": len(blocks),
        "spans_per_second": figures["spans_per_second"],
        "latency_p50_ms": figures["latency_ms"]["p50"],
        "latency_p99_ms": figures["latency_ms"]["p99"],
    }


def look_up(connection, path):
    """Seconds until the whole answer is there, and the answer."""
    begin = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begin
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {body[:200]}")
    return seconds, body


def trace_by_id(server, traces):
    chosen = [
        trace_id for trace_id, _, _ in random.Random(1).sample(traces, min(LOOKUPS, len(traces)))
    ]
    connection = server.trace_connection()
    inspected = []
    for trace_id in chosen:  # also warms up
        answer = json.loads(look_up(connection, f"/api/v2/traces/{trace_id}")[1])
        inspected.append(int(answer.get("metrics", {}).get("inspectedBytes", 0)))
    before = cpu_seconds(server.process.pid)
    seconds = sorted(look_up(connection, f"/api/traces/{trace_id}")[0] for trace_id in chosen)
    return {
        "trace_by_id_p50_ms": 1000 * statistics.median(seconds),
        "trace_by_id_p99_ms": 1000 * seconds[int(0.99 * len(seconds))],
        "trace_by_id_cpu_ms": 1000 * (cpu_seconds(server.process.pid) - before) / len(chosen),
        "trace_by_id_inspected_bytes": statistics.median(inspected),
    }


def half_rate(server, directory, spans, connections, full_rate):
    """Latency at half of what the server can take, with a block cut and built in the middle."""
    rate = full_rate / 2
    load = Load(server, directory / "half", spans=spans, connections=connections, rate=rate, seed=2)
    middle = time.monotonic() + spans / rate / 2
    wait_until(
        lambda: time.monotonic() > middle or load.process.poll() is not None,
        600,
        "the middle of the load",
    )
    server.flush()
    figures = finished(load)
    return {
        "half_rate_p50_ms": figures["latency_ms"]["p50"],
        "half_rate_p99_ms": figures["latency_ms"]["p99"],
    }


def over_http(server, directory, spans, connections):
    figures = finished(
        Load(
            server,
            directory / "http",
            protocol="http",
            spans=spans,
            connections=connections,
            seed=3,
            retry=True,
        )
    )
    return {
        "http_spans_per_second": figures["spans_per_second"],
        "http_latency_p99_ms": figures["latency_ms"]["p99"],
    }


def small_requests(server, directory, protocol, connections, spans):
    """As SDKs without a collector send; the server's CPU for a request, and its latency."""
    before = cpu_seconds(server.process.pid)
    figures = finished(
        Load(
            server,
            directory / f"small-{protocol}-{connections}",
            protocol=protocol,
            spans=spans,
            connections=connections,
            cut=SMALL_REQUEST_SPANS,
            retry=True,
        )
    )
    used = cpu_seconds(server.process.pid) - before
    name = f"small_{protocol}_{connections}"
    return {
        f"{name}_cpu_us": 1e6 * used / figures["requests"],
        f"{name}_p50_ms": figures["latency_ms"]["p50"],
    }


def beside_busy_processes(server, directory, spans, connections):
    """Latency while a process for each core does nothing but use it."""
    neighbours = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())
    ]
    try:
        load = Load(
            server,
            directory / "neighbour",
            spans=spans,
            connections=connections,
            rate=NEIGHBOUR_RATE,
            seed=4,
            retry=True,
        )
        figures = finished(load)
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
    return {
        "neighbour_p99_ms": figures["latency_ms"]["p99"],
        "neighbour_max_ms": figures["latency_ms"]["max"],
    }


def measure(directory, spans, connections):
    figures = {"z_seconds": zstd_seconds(spans, directory) * MILLION / spans}
    with contextlib.closing(Vivace(directory / "server")) as server:
        server.start()
        traces, ingested = ingest(server, directory, spans, connections)
        figures |= ingested
        figures["ingest_cpu_z"] = figures["ingest_cpu_seconds"] / figures["z_seconds"]
        figures |= trace_by_id(server, traces)
        figures |= half_rate(
            server, directory, spans // 2, connections, figures["spans_per_second"]
        )
        figures |= over_http(server, directory, spans // 5, connections)
        figures |= beside_busy_processes(server, directory, spans, 4 * connections)
        server.stop()
    with contextlib.closing(Vivace(directory / "small")) as server:
        server.start()
        for protocol in ("http", "grpc"):
            for clients, share in ((64, 10), (4, 30)):
                figures |= small_requests(server, directory, protocol, clients, spans // share)
        server.stop()
    return figures


def print_table(figures):
    """True where every target is met."""
    print(f"{'':30}{'Vivace':>12}{'target':>8}{'Tempo 2.10':>12}")
    met = True
    for name, (unit, target, tempo) in FIGURES.items():
        missed = target is not None and figures[name] > target
        met = met and not missed
        print(
            f"{name:30}{figures[name]:12.6g}{'' if target is None else target:>8}{tempo:>12}  "
            f"{unit}{'  MISSED' if missed else ''}"
        )
    return met


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spans", type=int, default=MILLION)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument(
        "--json", default="build/bench.json", help="where the figures go (default %(default)s)"
    )
    parser.add_argument(
        "--directory",
        help="scratch directory, emptied afterwards (default: a new one under the system's)",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit status 1 where a target is missed"
    )
    arguments = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(1)
    )  # so that the server and the scratch directory go too
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="vivace-bench-", dir=arguments.directory))
    try:
        figures = measure(scratch, arguments.spans, arguments.connections)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    met = print_table(figures)
    pathlib.Path(arguments.json).write_text(
        json.dumps({"spans": arguments.spans, **figures}, indent=2) + "\n"
    )
    return 1 if arguments.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
