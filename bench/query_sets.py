"""The sets of blocks that queries are measured on. They are made once and kept; a set that was not
finished is made again.

Several blocks are as ingest makes them: each a load of its own, cut by a flush. Ingest makes no
block of a million spans; a single one is written by storage_bench.
"""

import contextlib
import dataclasses
import datetime
import json
import pathlib
import shutil
import subprocess
import time
import urllib.request

from load import Load
from run_bench import finished
from server import BINARY, Vivace, wait_until

BLOCK_SECONDS = 300
FORMAT = 1  # another one makes all sets again
NEEDLE = {"key": "bench.needle", "value": "here"}  # of one span of each set of several blocks


@dataclasses.dataclass(frozen=True)
class BlockSet:
    blocks: int
    spans_per_block: int

    @property
    def name(self):
        return f"{self.blocks}x{self.spans_per_block}"

    @property
    def spans(self):
        return self.blocks * self.spans_per_block

    def __str__(self):
        return f"{self.blocks} block{'s' if self.blocks > 1 else ''} of {self.spans_per_block:,}"


def sets_of(which, spans):
    """The sets by size, "small" or "all": one block of `spans`, four of a quarter, and for "all" 24
    of a quarter."""
    quarter = spans // 4
    small = [BlockSet(1, spans), BlockSet(4, quarter)]
    return small + ([BlockSet(24, quarter)] if which == "all" else [])


@dataclasses.dataclass(frozen=True)
class MadeSet:
    """A set on disk. `window` is the range of its spans in seconds, `revision` what wrote it."""

    blocks_directory: pathlib.Path
    bytes: int
    window: tuple
    revision: str


def revision():
    """What the server's binary says of itself."""
    output = subprocess.run(
        [BINARY, "-version"], check=True, capture_output=True, text=True, timeout=30
    ).stdout
    return output.splitlines()[0].partition("revision: ")[2].rstrip(")")


def send_needle(server):
    """A trace whose one span has the attribute NEEDLE."""
    now = time.time_ns()
    attribute = {"key": NEEDLE["key"], "value": {"stringValue": NEEDLE["value"]}}
    span = {
        "traceId": f"{now:032x}",
        "spanId": f"{now:016x}",
        "name": "needle",
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [attribute],
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    request = urllib.request.Request(
        f"{server.otlp_url}/v1/traces",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200, answer.status


def seconds_of(meta, key):
    return datetime.datetime.fromisoformat(meta[key].replace("Z", "+00:00")).timestamp()


def window_of(metas):
    """The range of blocks in whole seconds."""
    return (
        int(min(seconds_of(meta, "startTime") for meta in metas)),
        int(max(seconds_of(meta, "endTime") for meta in metas)) + 1,
    )


def write_one(block_set, blocks):
    subprocess.run(
        [BINARY.parent / "storage_bench", str(block_set.spans), blocks],
        check=True,
        capture_output=True,
    )


def ingest(block_set, directory, blocks):
    """Through a server of its own, whose directories are removed."""
    scratch = directory / "ingest"
    with contextlib.closing(Vivace(scratch / "server", blocks=blocks)) as server:
        server.start()
        fill(server, block_set, scratch)
        server.stop()
    shutil.rmtree(scratch)


def fill(server, block_set, directory):
    """Sends the loads, each until it lies in a block."""
    for number in range(block_set.blocks):
        load = Load(
            server,
            directory / f"load{number}",
            spans=block_set.spans_per_block,
            retry=True,
            seed=number + 1,
        )
        finished(load)
        if number == block_set.blocks // 2:
            send_needle(server)
        server.flush()
        wait_until(
            lambda: len(server.block_directories()) > number,
            BLOCK_SECONDS,
            lambda: f"block {number + 1}\n{server.log_tail()}",
        )


def make(block_set, directory):
    """Fills `directory`, which appears when all is there."""
    making = directory.with_name(f"{directory.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    blocks = making / "blocks"
    if block_set.blocks == 1:
        write_one(block_set, blocks)
    else:
        ingest(block_set, making, blocks)
    metas = [json.loads(path.read_text()) for path in blocks.glob("*/*/meta.json")]
    if len(metas) != block_set.blocks:
        raise SystemExit(f"{block_set}: {len(metas)} blocks were made")
    facts = {
        "format": FORMAT,
        "bytes": sum(path.stat().st_size for path in blocks.glob("*/*/*")),
        "window": window_of(metas),
        "revision": revision(),
    }
    (making / "set.json").write_text(json.dumps(facts, indent=2) + "\n")
    shutil.rmtree(directory, ignore_errors=True)
    making.rename(directory)


def facts_of(directory):
    """What was written down of a set; None where there is none of this format."""
    path = directory / "set.json"
    facts = json.loads(path.read_text()) if path.exists() else {}
    return facts if facts.get("format") == FORMAT else None


def made(block_set, root, again=False):
    """The set below `root`, made where it is not there or `again` says so."""
    directory = pathlib.Path(root) / block_set.name
    if again or facts_of(directory) is None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        print(f"making {block_set} spans in {directory}", flush=True)
        make(block_set, directory)
    facts = facts_of(directory)
    return MadeSet(directory / "blocks", facts["bytes"], tuple(facts["window"]), facts["revision"])
