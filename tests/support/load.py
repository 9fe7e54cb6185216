"""Runs the load driver and reads what it wrote."""

import json
import pathlib
import subprocess

from server import LOAD_DRIVER, ROOT

CORPUS = ROOT / "tests/data/shop.otlp.zst"


class Load:
    """A load driver under way against `server`. `options` are its own, with underscores:
    spans=1000, retry=True."""

    def __init__(self, server, directory, protocol="grpc", **options):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.ids_file, self.json_file = directory / "ids", directory / "load.json"
        port = server.otlp_grpc_port if protocol == "grpc" else server.otlp_http_port
        command = [
            LOAD_DRIVER,
            "--data",
            CORPUS,
            "--protocol",
            protocol,
            "--port",
            port,
            "--ids",
            self.ids_file,
            "--json",
            self.json_file,
        ]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            command += ([flag] if value else []) if isinstance(value, bool) else [flag, value]
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, seconds=120):
        """Waits; the exit status."""
        try:
            self.output, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.close()
            raise AssertionError(f"the load driver did not end within {seconds} s") from None
        return self.process.returncode

    def stop(self):
        """Ends the load after the requests under way."""
        self.process.terminate()
        return self.finish()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def figures(self):
        return json.loads(self.json_file.read_text())

    def traces(self):
        """[(trace id, acknowledged spans, unacknowledged spans)]"""
        lines = (line.split() for line in self.ids_file.read_text().splitlines())
        return [
            (trace_id, int(acknowledged), int(unacknowledged))
            for trace_id, acknowledged, unacknowledged in lines
        ]
