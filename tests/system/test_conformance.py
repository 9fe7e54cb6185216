"""The recorded answers: live, from blocks, after a clean restart, after kill -9, and with half of
each trace's spans in a block.

Cases listed in differences.txt must differ: one that agrees now must be removed from the list.
"""

import copy
import json
import subprocess
import sys
import time

import pytest

from server import ROOT, at, merged

FOLDER = ROOT / "tests/conformance"
DATA = FOLDER / "edge.jsonl"
# As the server ran that the answers were recorded from.
RECORDED = [
    at("storage.trace.wal.ingestion_time_range_slack", "48h"),
    at(
        "query_frontend.search",
        {"query_backend_after": "0s", "query_ingesters_until": "48h", "max_spans_per_span_set": 0},
    ),
    at("query_frontend.metrics.query_backend_after", "0s"),
]
# The trace group's order and flags of spans hold only for traces that arrived whole.
WHOLE_TRACES_ONLY = {"trace"}


def conformance(*arguments):
    return subprocess.run(
        [sys.executable, FOLDER / "conformance.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


def push(server, base, data=DATA):
    pushed = conformance("push", "--otlp", server.otlp_url, "--data", data, "--base", base)
    assert pushed.returncode == 0, pushed.stderr


def live(server, base, directory):
    push(server, base)


def flushed(server, base, directory):
    push(server, base)
    server.flush()


def restarted(server, base, directory):
    push(server, base)
    server.restart()


def killed(server, base, directory):
    push(server, base)
    server.kill9()
    server.start()


def split(server, base, directory):
    """Every second span goes into a block, the others stay live."""
    for half in (0, 1):
        path = directory / f"half{half}.jsonl"
        path.write_text("".join(json.dumps(request) + "\n" for request in half_of_spans(half)))
        push(server, base, path)
        if half == 0:
            server.flush()


def half_of_spans(half):
    count = 0
    requests = [json.loads(line) for line in DATA.read_text().splitlines()]
    for request in requests:
        request = copy.deepcopy(request)
        for resource in request["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                numbered = list(enumerate(scope["spans"], count))
                count += len(numbered)
                scope["spans"] = [span for number, span in numbered if number % 2 == half]
            resource["scopeSpans"] = [scope for scope in resource["scopeSpans"] if scope["spans"]]
        request["resourceSpans"] = [
            resource for resource in request["resourceSpans"] if resource["scopeSpans"]
        ]
        if request["resourceSpans"]:
            yield request


STATES = [live, flushed, restarted, killed, split]


def listed_differences():
    lines = (FOLDER / "differences.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def write_cases(path, wanted):
    cases = [
        line
        for line in (FOLDER / "cases.jsonl").read_text().splitlines()
        if wanted(json.loads(line)["id"])
    ]
    assert cases
    path.write_text("\n".join(cases) + "\n")
    return len(cases)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_recorded_answers(start, tmp_path, state):
    config = {}
    for change in RECORDED:
        config = merged(config, change)
    server = start(config)
    base = int(time.time()) // 3600 * 3600
    state(server, base, tmp_path)
    differences = listed_differences()
    left_out = WHOLE_TRACES_ONLY if state is split else set()

    agreeing = tmp_path / "agreeing.jsonl"
    write_cases(
        agreeing, lambda case: case not in differences and case.split("/")[0] not in left_out
    )
    checked = conformance("check", "--url", server.url, "--base", base, "--cases", agreeing)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    differing = tmp_path / "differing.jsonl"
    count = write_cases(differing, lambda case: case in differences)
    assert count == len(differences), "differences.txt names a case that does not exist"
    checked = conformance("check", "--url", server.url, "--base", base, "--cases", differing)
    assert f"0 passed, {count} failed" in checked.stdout, checked.stdout + checked.stderr
