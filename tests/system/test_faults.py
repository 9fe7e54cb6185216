"""Damaged files, full and read-only disks: the rest keeps working, faults are reported,
acknowledged spans are kept."""

import os
import subprocess

import pytest
import requests

from otlp import assert_exact, is_stored, new_trace_id, post, request_of, spans_of, trace_of
from server import START_SECONDS, wait_until

# More than one request of the corpus holds, fewer than two.
WAL_BLOCK_BYTES = 4096
TRACES_OF_A_REQUEST = 40


def sent_traces(server, load, **options):
    run = load(server, connections=1, **options)
    assert run.finish() == 0, run.output
    return run.traces()


def log_warnings(server, *words):
    """Lines of the log of level warn or error that hold every word."""
    lines = [
        line for line in server.log().splitlines() if "level=warn" in line or "level=error" in line
    ]
    return [line for line in lines if all(word in line for word in words)]


def overwrite(path, position, content):
    with open(path, "r+b") as file:
        file.seek(position, os.SEEK_END if position < 0 else os.SEEK_SET)
        file.write(content)


# Blocks.


def damage_data(block):
    size = (block / "data.parquet").stat().st_size
    for part in range(1, 20):
        overwrite(block / "data.parquet", size * part // 20, b"\xff" * 64)


def damage_footer(block):
    overwrite(block / "data.parquet", -200, b"\xff" * 192)


def damage_magic(block):
    overwrite(block / "data.parquet", -4, b"XXXX")


def cut_data(block):
    os.truncate(block / "data.parquet", (block / "data.parquet").stat().st_size // 2)


def damage_meta(block):
    (block / "meta.json").write_text('{"format": "vParquet4", "blockID"')


def damage_bloom(block):
    overwrite(block / "bloom-0", 0, b"\xff" * 16)


def empty_bloom(block):
    os.truncate(block / "bloom-0", 0)


def remove_data(block):
    (block / "data.parquet").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        damage_data,
        damage_footer,
        damage_magic,
        cut_data,
        damage_meta,
        damage_bloom,
        empty_bloom,
        remove_data,
    ],
)
def test_damaged_block(start, load, damage):
    """The block is reported and skipped. What is in it is found or the answer says that it is
    partial; all that is in other blocks is found."""
    server = start()
    damaged_traces = sent_traces(server, load, spans=5000, seed=1)
    server.flush()
    damaged, *others = wait_until(server.block_directories, 30, "the first block")
    whole_traces = sent_traces(server, load, spans=5000, seed=2)
    server.flush()
    wait_until(lambda: len(server.block_directories()) > 1 + len(others), 30, "the second block")
    server.stop()
    damage(damaged)
    server.start()
    for trace_id, spans, _ in damaged_traces[::20]:
        answer = requests.get(f"{server.url}/api/traces/{trace_id}", timeout=30)
        assert answer.status_code in (200, 206)
        assert (
            answer.status_code == 206 or len(spans_of(answer.json())) == spans
        ), "a wrong answer that looks whole"
        assert (answer.status_code == 206) == ("Warning" in answer.headers)
    assert_exact(server, whole_traces[::5], (200, 206))
    wait_until(
        lambda: log_warnings(server, damaged.name), 10, "a line in the log that names the block"
    )
    assert server.ready()
    server.restart()
    assert_exact(server, whole_traces[::50], (200, 206))


# The write-ahead log.


def largest_log_file(server):
    files = [
        path
        for path in server.wal.rglob("*")
        if path.is_file() and "blocks" not in path.relative_to(server.wal).parts
    ]
    return max(files, key=lambda path: path.stat().st_size)


def assert_few_lost(server, traces):
    found = [trace for trace in traces if trace_of(server, trace[0])]
    assert_exact(server, found)
    lost = len(traces) - len(found)
    assert (
        0 < lost <= TRACES_OF_A_REQUEST
    ), f"{lost} of {len(traces)} traces are lost by damage to one record"


def assert_damage_reported(server):
    assert log_warnings(server, "wal") or log_warnings(server, "WAL"), server.log_tail()
    assert server.metric("tempo_ingester_replay_errors_total") > 0


def test_torn_tail_of_the_log(start, load):
    """As a power cut leaves it: the last record is incomplete."""
    server = start()
    traces = sent_traces(server, load, spans=5000)
    server.kill9()
    path = largest_log_file(server)
    os.truncate(path, path.stat().st_size - WAL_BLOCK_BYTES - 7)  # zeros may fill the last block
    server.start()
    assert_few_lost(server, traces)
    assert_damage_reported(server)
    kept = sent_traces(server, load, spans=1000, seed=2)
    server.kill9()
    server.start()
    assert_exact(server, kept)


def test_damaged_record_in_the_log(start, load):
    server = start()
    traces = sent_traces(server, load, spans=5000)
    server.kill9()
    path = largest_log_file(server)
    overwrite(path, path.stat().st_size // 2, b"\xde\xad\xbe\xef")
    server.start()
    assert_few_lost(server, traces)
    assert_damage_reported(server)


def test_garbage_in_the_log_folder(start, load):
    """Unknown files are left alone."""
    server = start()
    traces = sent_traces(server, load, spans=2000)
    server.kill9()
    strange = server.wal / "README"
    strange.write_text("not a log")
    (server.wal / "empty").touch()
    server.start()
    assert_exact(server, traces)
    assert strange.read_text() == "not a log"


# Disks.


@pytest.fixture
def small_disk(tmp_path):
    """mount(size, option): a file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    point = tmp_path / "disk"
    point.mkdir()

    def mount(megabytes, mode="rw"):
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,{mode}", "tmpfs", point],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            pytest.skip(f"no small file system here: {done.stderr}")
        return point

    yield mount
    if os.path.ismount(point):
        subprocess.run(["umount", "-l", point], check=True)


def fill(point):
    """Takes what space is left; the file that holds it."""
    ballast = point / "ballast"
    try:
        with open(ballast, "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    except OSError:
        pass
    return ballast


def post_one(server):
    trace_id = new_trace_id()
    return (
        trace_id,
        post(
            server, request_of((trace_id, b"12345678"), name="x" * 200_000).SerializeToString()
        ).status_code,
    )


def test_full_disk(start, load, small_disk):
    """Senders get back-pressure and /ready reports why; with space again all recovers and nothing
    acknowledged is missing."""
    disk = small_disk(256)
    server = start(wal=disk / "wal")
    traces = sent_traces(server, load, spans=5000)
    ballast = fill(disk)
    acknowledged = []

    def is_refused():
        trace_id, status = post_one(server)
        assert status in (200, 429, 503), status
        if status == 200:
            acknowledged.append(trace_id)
        return status != 200

    wait_until(is_refused, 30, "back-pressure on a full disk")
    status, text = server.get("/ready")
    assert status == 503 and text.strip(), (status, text)
    waiting = load(server, spans=1000, seed=3, retry=True)
    ballast.unlink()
    assert waiting.finish(60) == 0, waiting.output
    wait_until(server.ready, 30, "ready again")
    server.kill9()
    server.start()
    assert_exact(server, traces + waiting.traces())
    assert all(is_stored(server, trace_id) for trace_id in acknowledged)


def test_read_only_log_folder(new_server, small_disk):
    server = new_server(wal=small_disk(16, "ro") / "wal")
    server.launch()
    assert server.process.wait(START_SECONDS) == 1
    assert str(server.wal) in server.log(), server.log()


def test_full_block_disk(start, load, small_disk):
    """A block that cannot be written stays in the log until it can."""
    disk = small_disk(32)
    server = start(
        {"ingester": {"max_block_duration": "1s", "flush_check_period": "100ms"}},
        blocks=disk / "blocks",
    )
    ballast = fill(disk)
    traces = sent_traces(server, load, spans=5000, retry=True)
    wait_until(
        lambda: log_warnings(server, "block"), 30, "a line about the block that cannot be written"
    )
    assert_exact(server, traces[::10])
    ballast.unlink()
    wait_until(
        lambda: server.block_objects() >= len(traces), 60, "the blocks are written after all"
    )
    assert_exact(server, traces[::10])
