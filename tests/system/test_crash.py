"""kill -9 at a random moment of full load, over and over on the same directories: no acknowledged
span is lost or doubled.

Blocks are small and short-lived, so that cuts, block builds and removals of the write-ahead log are
always under way. VIVACE_CRASH_ROUNDS sets how many rounds (3), VIVACE_CRASH_SEED the moments (1),
VIVACE_CRASH_TRACES how many traces of a round are asked for (3000; half of them the last ones
before the crash).
"""

import os
import random
import threading

from otlp import assert_exact
from server import wait_until

ROUNDS = int(os.environ.get("VIVACE_CRASH_ROUNDS", 3))
SEED = int(os.environ.get("VIVACE_CRASH_SEED", 1))
TRACES = int(os.environ.get("VIVACE_CRASH_TRACES", 3000))
ALWAYS_CUTTING = {
    "ingester": {
        "max_block_bytes": 8 << 20,
        "max_block_duration": "1s",
        "flush_check_period": "100ms",
    }
}


def chosen(traces, chance):
    """The last traces before the crash and some of those before them."""
    acknowledged = [trace for trace in traces if trace[1] > 0]
    last, earlier = acknowledged[-TRACES // 2 :], acknowledged[: -TRACES // 2]
    return chance.sample(earlier, min(len(earlier), TRACES - len(last))) + last


def test_kill9_under_load(start, load):
    chance = random.Random(SEED)
    server = start(ALWAYS_CUTTING)
    before = []
    for number in range(ROUNDS):
        run = load(server, spans=10**9, seconds=60, seed=SEED * 1000 + number, retry=True)
        wait_until(
            lambda: server.metric("tempo_distributor_spans_received_total") > 0,
            30,
            "the load has begun",
        )
        threading.Event().wait(chance.uniform(0, 3))  # the random moment
        server.kill9()
        run.finish()
        server.start()
        traces = chosen(run.traces(), chance)
        assert traces, f"round {number}: nothing was acknowledged before the crash\n{run.output}"
        assert_exact(server, traces)
        assert_exact(server, before)
        before = chance.sample(before + traces, min(len(before) + len(traces), 1000))
    server.flush()
    assert_exact(server, before)
