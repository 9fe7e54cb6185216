#!/usr/bin/env python3
"""Checks that a file in src/X includes "Y/..." only where Y is X or stands above it in the list of layers.

The list is that of docs/architecture.md, from top to bottom. Prints each wrong include; exit status 1 where there is one.
"""
import pathlib
import re
import sys

LAYERS = "base config access columns receive object overrides block traceql ingest forward compact generate query cluster api server app".split()
INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')
ROOT = pathlib.Path(__file__).resolve().parents[1]


def complaint(layer, included):
    """Why a file of `layer` may not include this path; empty where it may."""
    above = included.split("/")[0]
    if "/" not in included or ".." in included:
        return "name the file from src/ on"
    if above not in LAYERS:
        return f"{above} is no layer"
    return f"{above} lies below {layer}" if LAYERS.index(above) > LAYERS.index(layer) else ""


def wrong_includes(path):
    """"file:line: include: why" for each."""
    layer = path.relative_to(ROOT / "src").parts[0]
    if layer not in LAYERS:
        yield f"{path.relative_to(ROOT)}: src/{layer} is not in the list of layers"
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        why = complaint(layer, match[1]) if match else ""
        if why:
            yield f'{path.relative_to(ROOT)}:{number}: "{match[1]}": {why}'


def main():
    files = [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in {".h", ".cc"}]
    wrong = [line for path in files for line in wrong_includes(path)]
    print("\n".join(wrong) if wrong else f"layers: {len(files)} files, every include points upwards")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
