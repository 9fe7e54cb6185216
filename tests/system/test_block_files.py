"""Blocks as pyarrow and a JSON parser see them, beside one that Tempo wrote from the same spans
(tests/data/blocks/vParquet4/edge)."""

import json
import pathlib
import re
import subprocess
import sys
import time

import pyarrow.parquet
import pytest

from server import ROOT, Vivace, at

FOLDER = ROOT / "tests/conformance"
RECORDED = next((ROOT / "tests/data/blocks/vParquet4/edge").glob("*-*-*-*-*"))
# A span of it came in two requests: Tempo keeps both, Vivace one.
SENT_TWICE = "a0000000000000000000000000000019"


@pytest.fixture(scope="module")
def block(tmp_path_factory):
    """The directory of the one block that the edge requests become."""
    server = Vivace(
        tmp_path_factory.mktemp("server"), at("storage.trace.wal.ingestion_time_range_slack", "48h")
    ).start()
    try:
        base = int(time.time()) // 3600 * 3600
        command = [
            sys.executable,
            FOLDER / "conformance.py",
            "push",
            "--otlp",
            server.otlp_url,
            "--data",
            FOLDER / "edge.jsonl",
        ]
        pushed = subprocess.run(
            [*map(str, command), "--base", str(base)], capture_output=True, text=True, timeout=300
        )
        assert pushed.returncode == 0, pushed.stderr
        server.flush()
        (directory,) = server.block_directories()
        yield directory
    finally:
        server.close()


def open_data(directory):
    return pyarrow.parquet.ParquetFile(pathlib.Path(directory) / "data.parquet")


def leaves(file):
    schema = file.schema
    return [
        (
            c.path,
            c.physical_type,
            str(c.logical_type),
            str(c.converted_type),
            c.max_definition_level,
            c.max_repetition_level,
        )
        for c in (schema.column(i) for i in range(len(schema)))
    ]


def groups(file):
    """The schema as text: also the groups, their repetition and annotations. The first lines hold
    an address and the root's name."""
    return re.findall(r"(?m)^ +(?:required|optional|repeated) .*$", str(file.schema))


def meta_of(directory):
    return json.loads((pathlib.Path(directory) / "meta.json").read_text())


def test_schema_is_tempos(block):
    ours, theirs = open_data(block), open_data(RECORDED)
    assert leaves(ours) == leaves(theirs)
    assert len(leaves(ours)) == 103
    assert groups(ours) == groups(theirs)


def test_every_column_decodes(block):
    data = (block / "data.parquet").read_bytes()
    file = pyarrow.parquet.ParquetFile(block / "data.parquet", page_checksum_verification=True)
    assert (
        file.metadata.num_rows
        == meta_of(block)["totalObjects"]
        == open_data(RECORDED).metadata.num_rows
    )
    assert file.metadata.num_row_groups == meta_of(block)["totalRecords"]
    assert len(data) == meta_of(block)["size"]
    assert int.from_bytes(data[-8:-4], "little") == meta_of(block)["footerSize"]
    table = file.read()
    table.validate(full=True)
    assert table.num_rows == file.metadata.num_rows
    ids = table.column("TraceID").to_pylist()
    assert ids == sorted(set(ids))


def test_rows_are_tempos(block):
    """What does not depend on time, order or slots."""
    ours, theirs = open_data(block).read().to_pylist(), open_data(RECORDED).read().to_pylist()
    assert [row["TraceID"] for row in ours] == [row["TraceID"] for row in theirs]
    for our, their in zip(ours, theirs):
        trace = their["TraceID"].hex()
        if trace == SENT_TWICE:
            continue
        for name in ("DurationNano", "RootServiceName", "RootSpanName"):
            assert our[name] == their[name], (trace, name)
        assert sorted(map(str, our["ServiceStats"])) == sorted(
            map(str, their["ServiceStats"])
        ), trace
        assert sorted(spans_of(our), key=str) == sorted(spans_of(their), key=str), trace


def spans_of(row):
    names = (
        "SpanID",
        "ParentSpanID",
        "Name",
        "Kind",
        "StatusCode",
        "StatusMessage",
        "TraceState",
        "DurationNano",
        "HttpStatusCode",
        "DroppedAttributesCount",
        "DroppedEventsCount",
        "DroppedLinksCount",
        "HttpMethod",
        "HttpUrl",
    )
    for resource in row["rs"]:
        for scope in resource["ss"]:
            for span in scope["Spans"]:
                yield (
                    [span[name] for name in names],
                    resource["Resource"]["ServiceName"],
                    scope["Scope"]["Name"],
                    attributes_of(span["Attrs"]),
                    [
                        (e["Name"], e["TimeSinceStartNano"], attributes_of(e["Attrs"]))
                        for e in span["Events"]
                    ],
                    [
                        (link["TraceID"], link["SpanID"], attributes_of(link["Attrs"]))
                        for link in span["Links"]
                    ],
                    [span["DedicatedAttributes"][f"String{i:02}"] for i in range(1, 11)],
                )


def attributes_of(attributes):
    return sorted(str(sorted(attribute.items())) for attribute in attributes)


def test_meta_has_tempos_fields_in_order(block):
    ours, theirs = meta_of(block), meta_of(RECORDED)
    assert list(ours)[-1] == "vivace"  # what Tempo has no field for: docs/block-format.md
    del ours["vivace"]
    assert list(ours) == list(theirs)
    assert {name: type(value) for name, value in ours.items()} == {
        name: type(value) for name, value in theirs.items()
    }
    for name in (
        "format",
        "encoding",
        "indexPageSize",
        "totalRecords",
        "dataEncoding",
        "bloomShards",
        "compactionLevel",
        "dedicatedColumns",
    ):
        assert ours[name] == theirs[name], name
    assert ours["blockID"] == block.name
    time_pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.fullmatch(time_pattern, ours["startTime"]) and re.fullmatch(
        time_pattern, ours["endTime"]
    )


def test_bloom_and_index_are_tempos(block):
    for name in ("bloom-0", "index"):  # they depend on the trace ids alone
        assert (block / name).read_bytes() == (RECORDED / name).read_bytes(), name
