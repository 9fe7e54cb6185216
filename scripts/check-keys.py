#!/usr/bin/env python3
"""Checks that the server reads every configuration key that is documented as used.

A key is bound to a field of a struct in src/config/sections; this asks the compiler, not a text
search, where each field is used, so that fields of one name in different structs do not hide each
other: the sections are copied with every field marked [[deprecated("key Struct::field")]], and the
sources of each layer that can see them are compiled with -fsyntax-only. Of the uses that the
compiler reports, a read is one outside of src/config's declarations, checks, warnings and dumps,
outside of tests, that neither assigns the field nor throws its value away. A struct within another
(the TLS settings of one listener) is a field too.

Prints every field that nothing reads although it is bound by Key() or by nothing at all, and every
field that is bound by LaterKey() or UnusedKey() and read all the same; exit status 1 where there is
one. Needs a configured build directory; takes about half a minute.

  check-keys.py [--source DIR] [--build DIR] [--list]

--list prints each field with the files that read it.
"""

import argparse
import collections
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What these headers have is not keys but types of values.
VALUE_TYPES = "value_types.h"
# These say what a key is and whether its value can be right; nothing follows from the value.
DECLARATIONS = ("config/keys/", "config/sections/", "config/schema/", "config/yaml/")
CHECKS = {
    "config/validate.cc",
    "config/startup_warnings.cc",
    "config/dump.cc",
    "config/limits_check.cc",
}
# Of these keys Vivace supports one value and refuses the others (config/validate.cc), or says that
# it does not do what they ask for (config/startup_warnings.cc): that is what reading them means.
REFUSED_OTHERWISE = {
    "BlockConfig::version",
    "Config::ingest_enabled",
    "StorageConfig::backend",
}
# Fields whose readers are on their way. A line goes when its field is read: then it is an error.
PENDING = {
}

STRUCT = re.compile(r"^struct (\w+) (?:final )?(?::[^{]*)?\{$")
# A member as clang-format leaves it: type, name, initialiser. Methods have a parenthesis after the
# name, constants are static.
FIELD = re.compile(
    r"^  (?!static |using |enum |bool operator|friend )([\w:<>, ]+?) (\w+)(?= =|\{|;)"
)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
USE = re.compile(r"is deprecated: key ([\w]+::[\w]+)")
BINDING = re.compile(r'\b(Key|LaterKey|UnusedKey|Groups)\(\s*"?(\w+)')
WRITE = re.compile(
    r"\s*(?:=(?!=)|[-+*/|&]=|\.(?:push_back|emplace_back|assign|clear|resize|insert|erase)\()"
)
THROWN_AWAY = re.compile(r"\(void\)|static_cast<void>|std::ignore\s*=")


def marked(text):
    """(the header with its fields marked, {Struct::field: type})"""
    fields, lines, struct = {}, [], None
    for line in text.splitlines():
        if opening := STRUCT.match(line):
            struct = opening.group(1)
        elif line.startswith("}"):
            struct = None
        elif struct and (field := FIELD.match(line)):
            name = f"{struct}::{field.group(2)}"
            fields[name] = field.group(1)
            line = f'  [[deprecated("key {name}")]] {line.strip()}'
        lines.append(line)
    return "\n".join(lines) + "\n", fields


def mark_sections(src, folder):
    """Writes the marked sections; {Struct::field: type}."""
    fields = {}
    (folder / "config/sections").mkdir(parents=True)
    for header in sorted((src / "config/sections").glob("*.h")):
        text, found = marked(header.read_text())
        if header.name != VALUE_TYPES:
            (folder / "config/sections" / header.name).write_text(text)
            fields.update(found)
    return fields


def seeing_sources(src):
    """{layer: sources that include a section, directly or not, without tests}"""
    graph = {
        str(path.relative_to(src)): set(INCLUDE.findall(path.read_text()))
        for suffix in ("*.h", "*.cc")
        for path in src.rglob(suffix)
    }
    seeing = {path for path in graph if path.startswith("config/sections/")}
    while more := {path for path in graph if path not in seeing and graph[path] & seeing}:
        seeing |= more
    layers = collections.defaultdict(list)
    for path in sorted(seeing):
        if path.endswith(".cc") and not path.endswith(("_test.cc", "_for_test.cc")):
            layers[path.split("/")[0]].append(path)
    return layers


def compile_commands(build):
    """{layer: (directory, the compiler and its options)}"""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if found := re.search(r"CMakeFiles/vivace_(\w+)\.dir/Unity/", entry["file"]):
            words = shlex.split(entry["command"])
            commands[found.group(1)] = (entry["directory"], words[: words.index("-o")])
    return commands


Use = collections.namedtuple("Use", "field path line column")


def uses_in(src, layer, sources, command, scratch):
    """The uses of marked fields in one layer."""
    unit = scratch / f"{layer}.cc"
    unit.write_text("".join(f'#include "{path}"\n' for path in sources))
    directory, options = command
    done = subprocess.run(
        [options[0], f"-I{scratch}/marked", *options[1:], "-Wno-error", "-Wdeprecated-declarations"]
        + ["-fsyntax-only", "-fdiagnostics-format=json", str(unit)],
        cwd=directory,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"check-keys: layer {layer} does not compile:\n{done.stderr[-4000:]}")
    uses = set()
    for line in done.stderr.splitlines():
        for message in json.loads(line) if line.startswith("[") else []:
            if found := USE.search(message["message"]):
                place = message["locations"][0]
                end = place.get("finish", place["caret"])
                path = pathlib.Path(directory, place["caret"]["file"]).resolve()
                if path.is_relative_to(src):
                    name = str(path.relative_to(src))
                    uses.add(Use(found.group(1), name, end["line"], end["byte-column"]))
    return uses


def all_uses(src, build, scratch):
    commands = compile_commands(build)
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(uses_in, src, layer, sources, commands[layer], scratch)
            for layer, sources in seeing_sources(src).items()
        ]
        return set().union(*(job.result() for job in jobs))


def position(use, text):
    return sum(map(len, text.splitlines(keepends=True)[: use.line - 1])) + use.column


def statement_around(use, text):
    """The statement at a use. Of one in a macro's arguments the compiler reports where the macro
    begins, of one in an initialiser where that ends."""
    place = position(use, text)
    begin = max(text.rfind(mark, 0, place - 1) for mark in (";", "{\n", "}\n"))
    end = text.find(";", place - 1)
    return text[begin + 1 : len(text) if end < 0 else end]


def is_read(use, text):
    """Whether a use reads the field, by the text around it."""
    if use.path.startswith(DECLARATIONS) or use.path in CHECKS:
        return False
    statement = statement_around(use, text)
    if THROWN_AWAY.search(statement):
        return False
    # Where a struct is made, the compiler reports its fields as well; there they are not named.
    for named in re.finditer(rf"(\.|->|::)\s*{use.field.split('::')[1]}\b", statement):
        is_designated = re.search(r"[{,(]\s*$", statement[: named.start()])
        if not (is_designated or WRITE.match(statement[named.end() :])):
            return True
    return False


def bindings(uses, texts):
    """{field: {(Key, LaterKey or UnusedKey, name of the key)}}"""
    found = collections.defaultdict(set)
    for use in uses:
        if not use.path.startswith("config/keys/"):
            continue
        place = position(use, texts[use.path])
        before = texts[use.path][:place].rpartition(";")[2]
        if calls := BINDING.findall(before):
            kind, key = calls[-1]
            if kind == "Groups":
                after = texts[use.path][place : texts[use.path].find(";", place)]
                kind = "LaterKey" if ".Later()" in after else "Key"
            found[use.field].add((kind, key))
    return found


def is_idle(field, fields, bound):
    """Whether a field is bound by LaterKey or UnusedKey only, or is a struct of such fields."""
    if field in bound:
        return all(kind != "Key" for kind, _ in bound[field])
    members = [name for name in fields if name.split("::")[0] == fields[field].split("::")[-1]]
    return bool(members) and all(is_idle(member, fields, bound) for member in members)


def problems(fields, readers, bound):
    for field in fields:
        keys = ", ".join(sorted({key for _, key in bound[field]})) if field in bound else "none"
        if field in PENDING:
            if readers[field]:
                yield f"{field} is read: it is not pending any more (PENDING in {__file__})"
        elif field not in REFUSED_OTHERWISE and not readers[field]:
            if not is_idle(field, fields, bound):
                yield f"{field} is never read although its key is used; keys: {keys}"
        elif acting := [path for path in readers[field] if not path.startswith("config/")]:
            if field in bound and is_idle(field, fields, bound):
                yield f"{field} is read by {', '.join(acting)} although {keys} has no effect"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=pathlib.Path, default=ROOT)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    src = (options.source / "src").resolve()
    build = (options.build or options.source / "build").resolve()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        fields = mark_sections(src, scratch / "marked")
        uses = all_uses(src, build, scratch)
    texts = {path: (src / path).read_text() for path in {use.path for use in uses}}
    readers = collections.defaultdict(list)
    for use in sorted(uses):
        if is_read(use, texts[use.path]) and use.path not in readers[use.field]:
            readers[use.field].append(use.path)
    bound = bindings(uses, texts)
    if options.list:
        for field in fields:
            print(f"{field}: {', '.join(readers[field]) or 'nothing'}")
    found = list(problems(fields, readers, bound))
    print("\n".join([*found, f"check-keys: {len(fields)} fields, {len(found)} problems"]))
    return 1 if found or not bound else 0


if __name__ == "__main__":
    sys.exit(main())
