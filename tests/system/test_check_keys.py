"""scripts/check-keys.py finds keys that nobody reads, and is not taken in."""

import json
import subprocess
import sys

import pytest

from server import ROOT

SECTIONS = """#pragma once
namespace vivace {
struct InnerConfig {
  int limit = 1;
  int other = 2;
};
struct ServerConfig {
  int limit = 3;
  InnerConfig inner;
};
}  // namespace vivace
"""

KEYS = """#include "config/sections/server_config.h"
namespace vivace {
struct ConfigSection {
  template <typename T>
  void Key(const char*, T&, const char*) {}
  template <typename T>
  void LaterKey(const char*, T&, const char*) {}
};
void Declare(ConfigSection& section, ServerConfig& config) {
  section.Key("limit", config.limit, "A limit.");
  section.Key("inner_limit", config.inner.limit, "Another of the same name.");
  section.OTHER("other", config.inner.other, "Something else.");
}
}  // namespace vivace
"""

READER = """#include "config/sections/server_config.h"
namespace vivace {
int Work(ServerConfig& config) {
  BODY
  return config.limit;
}
}  // namespace vivace
"""


@pytest.fixture
def check(tmp_path):
    """check(body, other, path): what the script says of a server whose file has this body."""

    def run(body, other="Key", path="app/work.cc"):
        files = {
            "src/config/sections/server_config.h": SECTIONS,
            "src/config/keys/server_keys.cc": KEYS.replace("OTHER", other),
            f"src/{path}": READER.replace("BODY", body),
        }
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        build = tmp_path / "build"
        build.mkdir(exist_ok=True)
        commands = [
            {
                "directory": str(build),
                "file": f"{build}/CMakeFiles/vivace_{layer}.dir/Unity/unity_0_cxx.cxx",
                "command": f"c++ -std=c++20 -I{tmp_path}/src -o unity.o",
            }
            for layer in ("config", "app")
        ]
        (build / "compile_commands.json").write_text(json.dumps(commands))
        script = [sys.executable, ROOT / "scripts/check-keys.py", "--source", tmp_path]
        done = subprocess.run(script, capture_output=True, text=True)
        assert "fields" in done.stdout, done.stdout + done.stderr
        unread = {line.split()[0] for line in done.stdout.splitlines() if " is never read" in line}
        idle = {line.split()[0] for line in done.stdout.splitlines() if "has no effect" in line}
        assert done.returncode == (1 if unread or idle else 0)
        return unread, idle

    return run


INNER = {"InnerConfig::limit", "InnerConfig::other"}


def test_same_names_do_not_hide_each_other(check):
    """Nothing of the inner struct is read, nor is the struct, although a `limit` is."""
    assert check("") == (INNER | {"ServerConfig::inner"}, set())


def test_reads_count(check):
    body = "const InnerConfig& inner = config.inner; if (inner.limit > inner.other) return 1;"
    assert check(body) == (set(), set())
    assert (
        check("auto field = &InnerConfig::limit; (config.inner).*field += config.inner.other;")[0]
        == set()
    )


@pytest.mark.parametrize(
    "body",
    [
        "config.inner.limit = 5; config.inner.other += 1;",
        "(void)config.inner.limit; static_cast<void>(config.inner.other);",
        "// config.inner.limit and config.inner.other",
        "config.inner = InnerConfig{.limit = 1, .other = 2};",
    ],
)
def test_what_is_no_read_does_not_count(check, body):
    assert INNER <= check(body)[0]


@pytest.mark.parametrize(
    "path", ["config/validate.cc", "config/keys/more_keys.cc", "app/a_test.cc"]
)
def test_checks_and_tests_are_no_readers(check, path):
    unread, _ = check("int a = config.inner.limit + config.inner.other; a = a;", path=path)
    assert unread == INNER | {"ServerConfig::limit", "ServerConfig::inner"}


def test_keys_of_the_other_kinds(check):
    assert check("int a = config.inner.limit; a = a;", other="LaterKey") == (set(), set())
    body = "int a = config.inner.limit + config.inner.other; a = a;"
    assert check(body, other="LaterKey") == (set(), {"InnerConfig::other"})
