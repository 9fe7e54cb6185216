"""Starts the real server on free ports with its own directories, and stops, kills and restarts it.

Standard library only: the bench uses it too, without the tests' virtual environment.
"""

import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VIVACE_BINARY", ROOT / "build/vivace")).absolute()
LOAD_DRIVER = pathlib.Path(
    os.environ.get("VIVACE_LOAD_DRIVER", ROOT / "build/load_driver")
).absolute()
# Sanitizers cost ten times the time and several times the memory.
SANITIZED = (
    "VIVACE_SANITIZE:STRING=\n" not in (BINARY.parent / "CMakeCache.txt").read_text()
    if (BINARY.parent / "CMakeCache.txt").exists()
    else False
)
START_SECONDS = 30
STOP_SECONDS = 20
SCRAPE_SECONDS = 30


def wait_until(condition, seconds, what):
    """The first true value of `condition()`; AssertionError with `what` where there is none in
    time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


class PortPicker:
    """Hands out ports that nobody listens on, from below those which the kernel gives to outgoing
    connections.

    A port of the kernel's own range could be taken by any client between its choice and the
    server's start, or while a server is down between two starts.
    """

    FIRST = 20_000
    KERNELS_RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")

    def __init__(self):
        end = int(self.KERNELS_RANGE.read_text().split()[0])
        # Processes of one machine begin at different places, so that they rarely ask for the same
        # port.
        start = random.Random(os.getpid()).randrange(self.FIRST, end)
        self._ports = itertools.cycle([*range(start, end), *range(self.FIRST, start)])

    def take(self, count):
        return list(itertools.islice(filter(self._is_free, self._ports), count))

    @staticmethod
    def _is_free(port):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as s:
                try:
                    s.bind(("", port))
                except OSError:
                    return False
        return True


_PORTS = PortPicker()


def free_ports(count):
    """Ports that nobody listens on at the moment, all different, none given twice by this
    process."""
    return _PORTS.take(count)


def merged(base, changes):
    """The nested dictionary `base` with `changes` put over it; a value None removes the key."""
    out = dict(base)
    for key, value in changes.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        else:
            out[key] = value
    return out


def at(path, value):
    """{"a": {"b": value}} for "a.b"."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def sum_of_samples(text, name, labels):
    """Of a scrape, the samples of `name` that carry these labels; 0 where there is none."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    total = 0.0
    for line in text.splitlines():
        if line.partition("{")[0].partition(" ")[0] == name and all(w in line for w in wanted):
            total += float(line.rpartition(" ")[2])
    return total


class Vivace:
    """One server process and the directories that outlive it.

    `config` is put over the generated configuration; `wal` and `blocks` may lie elsewhere than
    under `directory`.
    """

    def __init__(self, directory, config=None, wal=None, blocks=None, wrapper=()):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.wal = pathlib.Path(wal or self.directory / "wal")
        self.blocks = pathlib.Path(blocks or self.directory / "blocks")
        self.log_file = self.directory / "server.log"
        self.config_file = self.directory / "vivace.yaml"
        self.http_port, self.rpc_port, self.otlp_grpc_port, self.otlp_http_port = free_ports(4)
        self.config = merged(self._default_config(), config or {})
        self.wrapper = list(wrapper)
        self.process = None

    def _default_config(self):
        protocols = {
            "grpc": {"endpoint": f"127.0.0.1:{self.otlp_grpc_port}"},
            "http": {"endpoint": f"127.0.0.1:{self.otlp_http_port}"},
        }
        return {
            "server": {
                "http_listen_address": "127.0.0.1",
                "http_listen_port": self.http_port,
                "grpc_listen_address": "127.0.0.1",
                "grpc_listen_port": self.rpc_port,
            },
            "distributor": {"receivers": {"otlp": {"protocols": protocols}}},
            "storage": {
                "trace": {
                    "backend": "local",
                    "local": {"path": str(self.blocks)},
                    "wal": {"path": str(self.wal)},
                }
            },
            "overrides": {
                "defaults": {
                    "ingestion": {
                        "rate_limit_bytes": 10**9,
                        "burst_size_bytes": 10**9,
                        "max_traces_per_user": 0,
                    }
                }
            },
        }

    # Lifecycle.

    def command(self, *flags):
        self.config_file.write_text(json.dumps(self.config, indent=2))  # JSON is YAML
        return [*self.wrapper, str(BINARY), f"-config.file={self.config_file}", *flags]

    def launch(self):
        """Starts the process without waiting for it."""
        assert self.process is None, "already running"
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.directory
            )
        return self

    def start(self):
        self.launch()
        wait_until(
            self._ready_or_ended, START_SECONDS, lambda: f"/ready of the server\n{self.log_tail()}"
        )
        assert (
            self.process.poll() is None
        ), f"the server ended with {self.process.returncode}\n{self.log_tail()}"
        return self

    def _ready_or_ended(self):
        return self.process.poll() is not None or self.ready()

    def ready(self):
        try:
            return self.get("/ready")[0] == 200
        except OSError:
            return False

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._reap(seconds)

    def kill9(self):
        self.process.kill()
        return self._reap(STOP_SECONDS)

    def _reap(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"the server did not end within {seconds} s\n{self.log_tail()}"
            ) from None
        finally:
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """What a fixture does at the end: no process is left, whatever happened."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        assert not (SANITIZED and "ThreadSanitizer" in self.log()), self.log_tail(20_000)

    # Endpoints, log and metrics.

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def otlp_url(self):
        return f"http://127.0.0.1:{self.otlp_http_port}"

    @property
    def otlp_target(self):
        return f"127.0.0.1:{self.otlp_grpc_port}"

    def get(self, path, headers=None, timeout=30):
        """(status, body) of a GET of the query API."""
        request = urllib.request.Request(self.url + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def flush(self):
        status, body = self.get("/flush", timeout=120)
        assert status == 204, (status, body)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, lines=60):
        return "\n".join(self.log().splitlines()[-lines:])

    def metric(self, name, /, **labels):
        """The sum of the samples of `name` that carry these labels; 0 where there is none."""
        text = self.get("/metrics", timeout=SCRAPE_SECONDS)[1].decode()
        return sum_of_samples(text, name, labels)

    def cpu_seconds(self):
        """CPU time that the process has used so far."""
        user, system = (
            pathlib.Path(f"/proc/{self.process.pid}/stat")
            .read_text()
            .rpartition(") ")[2]
            .split()[11:13]
        )
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    # What it stores.

    def block_directories(self):
        """Directories of complete blocks: those that hold a meta.json."""
        return sorted(meta.parent for meta in self.blocks.glob("*/*/meta.json"))

    def block_objects(self):
        """Traces in all complete blocks, by their meta.json."""
        return sum(
            int(json.loads((d / "meta.json").read_text()).get("totalObjects", 0))
            for d in self.block_directories()
        )

    def trace_connection(self):
        """A keep-alive connection to the query API."""
        return http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
