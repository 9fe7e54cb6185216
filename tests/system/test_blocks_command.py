"""`vivace blocks index`: makes the indexes that blocks lack, beside a running server."""

import shutil
import subprocess
from pathlib import Path

import pytest

from otlp import new_trace_id, post, request_of
from server import BINARY, START_SECONDS

BLOCKS = Path(__file__).parents[1] / "data/blocks/vParquet4"
INDEX = "vivace-index.bin"


def run(*arguments):
    """(exit status, standard output, standard error)"""
    done = subprocess.run(
        [BINARY, "blocks", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def blocks(tmp_path):
    """Blocks of Tempo, of two tenants."""
    directory = tmp_path / "blocks"
    for tenant in ("edge", "shop"):
        shutil.copytree(BLOCKS / tenant, directory / tenant)
    for index in directory.glob(f"*/*/{INDEX}"):
        index.unlink()
    return directory


def index_of(blocks, tenant):
    (meta,) = blocks.glob(f"{tenant}/*/meta.json")
    return meta.with_name(INDEX)


def index(blocks, *flags):
    return run("index", f"-storage.trace.local.path={blocks}", *flags)


def test_makes_what_is_missing_and_nothing_else(blocks):
    status, output, errors = index(blocks)
    assert (status, errors) == (0, "")
    assert output.endswith("2 indexes made, 0 blocks had one, 0 failed\n"), output
    made = {tenant: index_of(blocks, tenant).read_bytes() for tenant in ("edge", "shop")}
    assert f": {len(made['shop'])} bytes, " in output
    status, output, errors = index(blocks)
    assert (status, output) == (0, "0 indexes made, 2 blocks had one, 0 failed\n")
    status, output, errors = index(blocks, "-rebuild")
    assert status == 0 and "2 indexes made, 0 blocks had one" in output
    assert made["shop"] == index_of(blocks, "shop").read_bytes()


def test_mends_what_is_damaged(blocks):
    assert index(blocks, "-tenant=shop")[0] == 0
    assert not index_of(blocks, "edge").exists()
    whole = index_of(blocks, "shop").read_bytes()
    index_of(blocks, "shop").write_bytes(whole[:50])
    status, output, _ = index(blocks, "-tenant", "shop")
    assert status == 0 and "1 indexes made" in output
    assert index_of(blocks, "shop").read_bytes() == whole


def test_of_one_block(blocks):
    block = index_of(blocks, "edge").parent.name
    status, output, _ = index(blocks, "--block", block)
    assert status == 0 and f"edge/{block}: " in output
    assert index_of(blocks, "edge").exists() and not index_of(blocks, "shop").exists()


def test_goes_on_after_a_damaged_block(blocks):
    data = index_of(blocks, "edge").with_name("data.parquet")
    data.write_bytes(data.read_bytes()[:100])
    status, output, errors = index(blocks)
    assert status == 1
    assert errors.startswith(f"edge/{data.parent.name}: ") and "data.parquet" in errors
    assert "1 indexes made, 0 blocks had one, 1 failed" in output
    assert index_of(blocks, "shop").exists()


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        ([], 2, "a command is missing"),
        (["compact"], 2, 'unknown command "compact"'),
        (["index", "-block=x"], 2, 'invalid value "x" for flag -block'),
        (["index", "-tenant"], 2, "flag needs an argument: -tenant"),
        (["index", "-rebuild=maybe"], 2, 'invalid boolean value "maybe" for flag -rebuild'),
        (["index", "-no.such.flag"], 2, "no.such.flag"),
        (["index", "-storage.trace.local.path=/nowhere"], 1, '"/nowhere" is no directory'),
    ],
)
def test_what_cannot_be_is_said(arguments, status, message):
    got, output, errors = run(*arguments)
    assert got == status
    assert message in errors and not output, (output, errors)


def test_what_there_is_not(blocks):
    status, _, errors = index(blocks, "-tenant=nobody")
    assert status == 1 and "no blocks of tenant nobody" in errors
    absent = "00000000-0000-4000-8000-000000000001"
    status, _, errors = index(blocks, "-block", absent)
    assert status == 1 and f"no block {absent}" in errors


def test_beside_a_server(new_server):
    server = new_server().start()
    trace = new_trace_id()
    assert post(server, request_of((trace, trace[:8])).SerializeToString()).status_code == 200
    server.flush()
    assert len(server.block_directories()) == 1
    status, output, errors = run("index", f"-storage.trace.local.path={server.blocks}", "-rebuild")
    assert status == 0 and "1 indexes made" in output, errors
    assert server.get(f"/api/traces/{trace.hex()}")[0] == 200


def test_help_mentions_it():
    done = subprocess.run([BINARY, "-help"], capture_output=True, text=True, timeout=START_SECONDS)
    assert done.returncode == 0 and "blocks index" in done.stdout
