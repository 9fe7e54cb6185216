"""Start, stop and restart of the process."""

import json
import signal

from load import Load
from otlp import assert_exact, is_stored, new_trace_id, post, request_of
from server import START_SECONDS, at, wait_until

STOP_IDLE_SECONDS = 5
STOP_LOADED_SECONDS = 15


def send_one(server):
    trace_id = new_trace_id()
    assert post(server, request_of((trace_id, b"12345678")).SerializeToString()).status_code == 200
    return trace_id


def test_terminates_when_idle(start):
    assert start().stop(STOP_IDLE_SECONDS) == 0


def test_terminates_under_load_and_loses_nothing(start, load):
    """Acknowledged means kept, also during shutdown."""
    server = start()
    run = load(server, spans=10**9, seconds=60, retry=True)
    wait_until(
        lambda: server.metric("tempo_distributor_spans_received_total") > 20_000,
        30,
        "20,000 spans received",
    )
    assert server.stop(STOP_LOADED_SECONDS) == 0
    run.finish()
    server.start()
    traces = run.traces()
    assert_exact(server, traces[:500] + traces[-1500:])


def test_flush_makes_blocks(start, load):
    server = start()
    run = load(server, spans=20_000)
    assert run.finish() == 0, run.output
    server.flush()
    traces = run.traces()
    wait_until(lambda: server.block_objects() == len(traces), 30, "all traces in complete blocks")
    assert_exact(server, traces[::10])
    assert server.restart().block_objects() == len(traces)
    assert_exact(server, traces[::10])


def test_blocks_are_cut_by_size_and_age(start, load):
    config = at(
        "ingester",
        {"max_block_bytes": 4 << 20, "max_block_duration": "2s", "flush_check_period": "200ms"},
    )
    server = start(config)
    run = load(server, spans=50_000)
    assert run.finish() == 0, run.output
    traces = run.traces()
    wait_until(
        lambda: server.block_objects() >= len(traces), 60, "all traces in blocks without a flush"
    )
    assert len(server.block_directories()) > 1
    assert_exact(server, traces[::20])


def test_meta_comes_last(start, load):
    """Whoever sees a meta.json sees the whole block: data of the size that it names."""
    server = start()
    run = load(server, spans=20_000)
    run.finish()
    server.flush()
    block = wait_until(server.block_directories, 30, "a block")[0]
    meta = json.loads((block / "meta.json").read_text())
    assert (block / "data.parquet").stat().st_size == meta["size"]
    assert (block / "bloom-0").exists() and meta["blockID"] == block.name


def test_second_process_on_the_same_directories(new_server):
    """It is refused with a log line that gives the reason, or both work without disturbing each
    other."""
    first = new_server().start()
    kept = send_one(first)
    second = new_server(wal=first.wal, blocks=first.blocks).launch()
    wait_until(
        lambda: second.process.poll() is not None or second.ready(),
        START_SECONDS,
        "the second process is up or gone",
    )
    if second.process.poll() is not None:
        assert second.process.returncode == 1
        assert str(first.wal) in second.log() or str(first.blocks) in second.log(), second.log()
    else:
        second.stop()
    assert is_stored(first, kept)
    first.kill9()
    assert is_stored(first.start(), kept)


def test_load_over_http(server, tmp_path):
    run = Load(server, tmp_path, protocol="http", spans=20_000, seed=5)
    assert run.finish() == 0, run.output
    assert_exact(server, run.traces()[::20])


def test_a_delayed_stop_is_announced(start):
    """Load balancers look at /ready: it says what is to come while everything is still served."""
    server = start({"shutdown_delay": "4s"})
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.get("/ready")[0] == 503, 3, "not ready")
    assert post(server, request_of((new_trace_id(), b"12345678")).SerializeToString()).ok
    assert server.process.wait(20) == 0
