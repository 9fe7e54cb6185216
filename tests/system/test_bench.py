"""That the benchmarks run through and measure something, on few spans: figures of so few mean
nothing."""

import json
import pathlib
import subprocess
import sys

import pytest
from server import BINARY

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
SPANS = 20_000


def run(script, tmp_path, *options):
    """The figures that a script writes."""
    path = tmp_path / "figures.json"
    command = [sys.executable, BENCH / script, "--spans", str(SPANS), "--json", path, *options]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(path.read_text())


def test_ingest(tmp_path):
    figures = run("run_bench.py", tmp_path)
    assert figures.pop("spans") == SPANS
    assert figures and all(figure > 0 for figure in figures.values()), figures


def test_queries(tmp_path):
    figures = run("run_query_bench.py", tmp_path, "--rounds", "1", "--sets", "none")
    assert figures["spans"] == SPANS
    for where in ("block", "live"):
        assert figures[where] and all(figure > 0 for figure in figures[where].values()), figures


def test_queries_on_sets(tmp_path):
    options = ["--rounds", "1", "--sets", "small", "--sets-only", "--sets-directory", tmp_path]
    figures = run("run_query_bench.py", tmp_path, *options)
    assert [(each["blocks"], each["spans"]) for each in figures["sets"]] == [
        (1, SPANS),
        (4, SPANS),
    ]
    for each in figures["sets"]:
        for asked in ("queries", "moved", "two_clients"):
            assert each[asked] and all(f["status"] == 200 for f in each[asked].values()), each
        assert all(f["first_ms"] > 0 and f["median_ms"] > 0 for f in each["queries"].values())
    # The second time they are there.
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/set.json")}
    run("run_query_bench.py", tmp_path, *options, "--only", "tag names")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/set.json")} == made


@pytest.mark.parametrize(
    "command, shown",
    [
        (["decode_bench", "--benchmark_min_time=0.001"], "ZipkinJson"),
        (["server_bench", "100"], "100 calls"),
    ],
)
def test_programs(command, shown):
    program, *options = command
    ran = subprocess.run(
        [BINARY.parent / program, *options], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0 and shown in ran.stdout, ran.stdout + ran.stderr
