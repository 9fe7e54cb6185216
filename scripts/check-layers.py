#!/usr/bin/env python3
"""Checks that every file below src includes only what CMakeLists.txt lets it include.

A layer includes itself, `base` and the layers that its vivace_layer(... USES ...) names (tests also
those of TEST_USES). Inside a layer a room includes itself and the rooms before it in ROOMS (its
tests any room of the layer); "." stands for the layer's own folder and comes last unless it is
named. A layer is declared after those that it uses. Prints each invalid include and declaration,
each layer that is named in USES and not used, each folder that is no room, and each file in
src/parquet that hides one of Arrow's <parquet/...>, which are looked for after those below src;
exit status 1 where there is anything.
"""

import dataclasses
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
ANY_INCLUDE = re.compile(r"#\s*include")
LISTS = {"USES", "ROOMS", "EXPORTS", "LINK", "TEST_USES", "TEST_LINK", "GRAMMAR"}
SUFFIXES = {".h", ".cc", ".yy"}
GENERATED = {"app/revision.h"}


@dataclasses.dataclass
class Layer:
    uses: set
    test_uses: set
    rooms: list
    included: set = dataclasses.field(default_factory=set)


def declared_layers():
    """{name: Layer} in the order of CMakeLists.txt."""
    layers = {}
    for call in re.findall(
        r"^vivace_layer\(([^)]*)\)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE
    ):
        name, *words = call.split()
        lists, current = {key: [] for key in LISTS}, None
        for word in words:
            if word in LISTS:
                current = word
            else:
                lists[current].append(word)
        rooms = lists["ROOMS"] if "." in lists["ROOMS"] else [*lists["ROOMS"], "."]
        uses = {*lists["USES"], name, "base"}
        layers[name] = Layer(uses, uses | set(lists["TEST_USES"]), rooms)
    return layers


def is_test(path):
    return path.stem.endswith(("_test", "_for_test"))


def room_of(path):
    """The room of a path below src: "." for the layer's own folder."""
    return path.parent.relative_to(path.parts[0]).as_posix()


def exists(included):
    """Also where it is made by the build: the parsers of grammars, the revision."""
    return (
        (SRC / included).exists()
        or (SRC / included).with_suffix(".yy").exists()
        or included.as_posix() in GENERATED
    )


def complaint(path, included, layers):
    """Why the file `path` may not include `included` (both below src); empty where it may."""
    name, other = path.parts[0], included.parts[0]
    layer = layers[name]
    if is_test(included) and not is_test(path):
        return "is for tests"
    if other not in (layer.test_uses if is_test(path) else layer.uses):
        return f"{name} does not name {other} in CMakeLists.txt"
    if not is_test(path) or other not in layer.uses:
        layer.included.add(other)
    if other != name or is_test(path):
        return ""
    mine, its = room_of(path), room_of(included)
    comes_after = layer.rooms.index(its) > layer.rooms.index(mine)
    return f"{its} comes after {mine}" if comes_after else ""


def included_by(line):
    """(path, None), (None, what is wrong with it), or twice None: nothing of ours is included."""
    match = INCLUDE.match(line)
    if not match and ANY_INCLUDE.search(line.partition("//")[0]):
        return None, "write #include and the file's name, nothing else"
    if not match:
        return None, None
    included = pathlib.PurePosixPath(match[2])
    if ".." in included.parts:
        return None, "name the file from src/ on"
    if exists(included):
        return included, None
    return None, "is not below src: name the file from there" if match[1] == '"' else None


def wrong_includes(path, layers):
    """ "file:line: why" for each."""
    below = path.relative_to(SRC)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        included, why = included_by(line)
        if included:
            why = complaint(below, included, layers)
        if why:
            yield f"{path.relative_to(ROOT)}:{number}: {line.strip()}: {why}"


def wrong_declarations(layers):
    """Layers that use a later one, and rooms that are not there."""
    known = set()
    for name, layer in layers.items():
        known.add(name)
        for later in sorted(layer.test_uses - known):
            yield f"CMakeLists.txt: {name} uses {later}, which is declared later or not at all"
        for room in layer.rooms:
            if not (SRC / name / room).is_dir():
                yield f"CMakeLists.txt: {name} has no room {room}"


def strange_files():
    """What is neither a source, a header nor a grammar in a layer, and so would go unchecked."""
    for path in sorted(SRC.rglob("*")):
        is_known = path.suffix in SUFFIXES and path.parent != SRC
        if path.is_file() and not is_known and path != SRC / "README.md":
            yield f"{path.relative_to(ROOT)}: only {', '.join(sorted(SUFFIXES))} belong in a layer"


def unknown_folders(layers):
    for folder in sorted(path for path in SRC.rglob("*") if path.is_dir()):
        layer, *room = folder.relative_to(SRC).parts
        if layer not in layers:
            yield f"{folder.relative_to(ROOT)}: no such layer in CMakeLists.txt"
        elif room and "/".join(room) not in layers[layer].rooms:
            yield f"{folder.relative_to(ROOT)}: not among the rooms of {layer} in CMakeLists.txt"


def hidden_headers():
    """Files of src/parquet with the name of a header of Arrow, which is where
    cmake/dependencies.cmake finds it."""
    deps = pathlib.Path(os.environ.get("VIVACE_DEPS") or pathlib.Path.home() / ".cache/vivace-deps")
    folders = [*deps.glob("arrow-*/pyarrow/include/parquet"), pathlib.Path("/usr/include/parquet")]
    theirs = {path.name for folder in folders if folder.is_dir() for path in folder.iterdir()}
    for path in sorted((SRC / "parquet").iterdir()):
        if path.name in theirs:
            yield f"{path.relative_to(ROOT)}: hides Arrow's <parquet/{path.name}>"


def main():
    layers = declared_layers()
    wrong = [
        *wrong_declarations(layers),
        *unknown_folders(layers),
        *hidden_headers(),
        *strange_files(),
    ]
    files = [path for path in sorted(SRC.rglob("*")) if path.suffix in SUFFIXES]
    if not wrong:
        wrong = [line for path in files for line in wrong_includes(path, layers)]
        wrong += [
            f"CMakeLists.txt: {name} uses nothing of {unused}"
            for name, layer in layers.items()
            for unused in sorted(layer.test_uses - layer.included - {name, "base"})
        ]
    print(
        "\n".join(wrong)
        if wrong
        else f"layers: {len(files)} files in {len(layers)} layers, "
        "every include goes to an earlier one"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
