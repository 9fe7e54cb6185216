"""The recorded answers of the groups `trace` and `misc`: live, from blocks, after a clean restart and after kill -9."""
import json
import pathlib
import subprocess
import sys
import time

import pytest

from server import ROOT, at, merged

FOLDER = ROOT / "tests/conformance"
GROUPS = {"trace", "misc"}
# As the server ran that the answers were recorded from.
RECORDED = [
    at("storage.trace.wal.ingestion_time_range_slack", "48h"),
    at("query_frontend.search", {"query_backend_after": "0s", "query_ingesters_until": "48h", "max_spans_per_span_set": 0}),
    at("query_frontend.metrics.query_backend_after", "0s"),
]


def flush(server):
    server.flush()


def restart(server):
    server.restart()


def kill(server):
    server.kill9()
    server.start()


# What happens between the push and the questions.
STATES = {"live": lambda server: None, "flushed": flush, "restarted": restart, "killed": kill}


def conformance(*arguments):
    return subprocess.run([sys.executable, FOLDER / "conformance.py", *map(str, arguments)], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def cases_file(tmp_path_factory):
    cases = [line for line in (FOLDER / "cases.jsonl").read_text().splitlines() if json.loads(line)["id"].split("/")[0] in GROUPS]
    assert len(cases) == 86
    path = pathlib.Path(tmp_path_factory.mktemp("cases")) / "cases.jsonl"
    path.write_text("\n".join(cases) + "\n")
    return path


@pytest.mark.parametrize("state", STATES)
def test_recorded_answers(start, cases_file, state):
    config = {}
    for change in RECORDED:
        config = merged(config, change)
    server = start(config)
    base = int(time.time()) // 3600 * 3600
    pushed = conformance("push", "--otlp", server.otlp_url, "--data", FOLDER / "edge.jsonl", "--base", base)
    assert pushed.returncode == 0, pushed.stderr
    STATES[state](server)
    checked = conformance("check", "--url", server.url, "--base", base, "--cases", cases_file)
    assert checked.returncode == 0, checked.stdout + checked.stderr
