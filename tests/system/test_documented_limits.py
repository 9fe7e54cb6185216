"""docs/limits.md: each of its rows has a test that tries to take the limit (tests/data/limits.txt
says which), and all that costs memory, taken at once, stays below what the rows add up to."""

import base64
import contextlib
import os
import pathlib
import re
import subprocess
import threading
import time

import requests

from otlp import new_trace_id, post, request_of
from raw_http import connect, head, memory_bytes
from server import LOAD_DRIVER, SANITIZED
from test_access import hashed
from test_hostile_clients import half_sent_body, is_served
from test_many_blocks import search_path, window

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20


def documented_rows():
    """The first column of every row of limits.md's tables."""
    for line in (ROOT / "docs/limits.md").read_text().splitlines():
        first = line.split("|")[1].strip() if line.startswith("|") else ""
        if first and first != "what" and not set(first) <= set("-"):
            yield first


def rows_with_tests():
    for line in (ROOT / "tests/data/limits.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            row, _, tests = line.rpartition(" | ")
            yield row, tests.split()


def unit_tests():
    """Suite.Name of every unit test in the sources, without the prefix of its parameters."""
    pattern = re.compile(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
    return {
        f"{suite}.{name}"
        for path in (ROOT / "src").rglob("*_test.cc")
        for suite, name in pattern.findall(path.read_text())
    }


def test_every_limit_has_a_test():
    tests = dict(rows_with_tests())
    rows = list(documented_rows())
    assert len(rows) > 90
    assert [row for row in rows if row not in tests] == []
    assert [row for row in tests if row not in rows] == []
    units = unit_tests()
    for row, names in tests.items():
        assert names, row
        for name in names:
            file, _, function = name.partition("::")
            if function:
                text = (ROOT / "tests/system" / file).read_text()
                assert f"def {function}(" in text, (row, name)
            else:
                assert name in units, (row, name)


def test_passwords_that_wait_to_be_checked(start, tmp_path):
    """Checking one is slow on purpose: a crowd with wrong ones is told to come again, and the rest
    of the server goes on."""
    identity = {"name": "reader", "tokens": [hashed("token", "reader-0123456789abcdef")]}
    identity |= {"rights": ["read"], "tenants": ["*"]}
    access = tmp_path / "access.yaml"
    access.write_text(str({"identities": [identity]}))
    server = start({"vivace": {"access_file": str(access)}})
    url = server.url + "/api/search/tags"
    good = {"Authorization": "Bearer reader-0123456789abcdef"}
    assert requests.get(url, headers=good, timeout=10).status_code == 200
    with contextlib.ExitStack() as stack:
        waiting = []
        for number in range(300):
            wrong = "Basic " + base64.b64encode(b"reader:" + os.urandom(9).hex().encode()).decode()
            connection = stack.enter_context(
                connect(server.http_port, f"127.0.1.{number // 5 + 1}")
            )
            fields = {"Authorization": wrong, "Connection": "close"}
            connection.sendall(head("GET", "/api/search/tags", fields))
            waiting.append(connection)
        assert requests.get(url, headers=good, timeout=10).status_code == 200
        assert {connection.recv(12)[-3:] for connection in waiting[-50:]} == {b"429"}
        assert waiting[0].recv(12)[-3:] == b"401"
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 8, "those that wait are dropped"


# In MiB: half-sent requests 256, unread answers 256, the queue before the log 1/8 of memory,
# segments half of it, queries 256, readers 64; and what the process is without all that.
MEMORY = 512
ADDED_UP = 256 + 256 + MEMORY // 8 + MEMORY // 2 + 256 + 64 + 200


def test_all_at_once(start):
    server = start({"vivace": {"memory_limit": f"{MEMORY}MiB"}})
    trace_id = new_trace_id()
    for _ in range(10):
        spans = [(trace_id, os.urandom(8)) for _ in range(900)]
        assert post(server, request_of(*spans).SerializeToString()).status_code == 200
    answer = f"/api/traces/{trace_id.hex()}"
    assert server.get(answer)[0] == 200
    ended = threading.Event()

    def ask_over_and_over(query):
        while not ended.is_set():
            with contextlib.suppress(requests.RequestException):
                requests.get(server.url + query, timeout=30)

    queries = [
        search_path("{} | by(span:id) | count() > 0", limit=100000),
        f"/api/metrics/query_range?q={{}}|rate()by(span:id)&step=60s&{window()}",
    ] * 4
    load = [
        subprocess.Popen(
            [LOAD_DRIVER, "--port", str(port), "--protocol", protocol, "--cut", str(cut)]
            + ["--connections", str(connections), "--spans", "10000000", "--seconds", "15"]
            + ["--retry"],
            stdout=subprocess.DEVNULL,
        )
        for protocol, port, cut, connections in (
            ("http", server.otlp_http_port, 5, 64),
            ("grpc", server.otlp_grpc_port, 1000, 8),
        )
    ]
    askers = [threading.Thread(target=ask_over_and_over, args=[query]) for query in queries]
    try:
        for asker in askers:
            asker.start()
        with contextlib.ExitStack() as stack:
            for peer in range(2, 12):
                for _ in range(10):
                    stack.enter_context(half_sent_body(server.otlp_http_port, f"127.0.0.{peer}"))
                for _ in range(20):
                    reader = stack.enter_context(
                        connect(server.http_port, f"127.0.0.{peer}", receive_buffer=4096)
                    )
                    reader.sendall(head("GET", answer, {}))
            for process in load:
                process.wait(timeout=120)
            is_served(server)
    finally:
        ended.set()
        for process in load:
            process.kill()
            process.wait()
        for asker in askers:
            asker.join()
    peak = memory_bytes(server) / MIB
    print(f"peak {peak:.0f} of {ADDED_UP} MiB")
    assert peak < ADDED_UP * (3 if SANITIZED else 1)
