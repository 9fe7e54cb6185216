"""A Kafka broker of one node (KRaft), which outlives being killed: its log stays in its
directory."""

import pathlib
import socket
import subprocess
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from server import free_ports, wait_until

JARS = pathlib.Path(sys.prefix) / "kafka"
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
START_SECONDS = 60


class Broker:
    """`tls`: mutual TLS with the certificates that make_certificates puts into this directory."""

    def __init__(self, directory, tls=None):
        self.directory, self.tls = pathlib.Path(directory), tls
        self.directory.mkdir(parents=True)
        self.port, self._controller_port = free_ports(2)
        self.address = f"127.0.0.1:{self.port}"
        self._properties = self.directory / "server.properties"
        self._properties.write_text(
            "\n".join(f"{key}={value}" for key, value in self._settings().items())
        )
        self.log_file = self.directory / "broker.log"
        self.process = None
        self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties).wait(
            START_SECONDS
        )

    def _settings(self):
        protocol = "SSL" if self.tls else "PLAINTEXT"
        return self._tls_settings() | {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"{protocol}://{self.address},"
            f"CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"{protocol}://{self.address}",
            "inter.broker.listener.name": protocol,
            "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,{protocol}:{protocol}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.directory / "log",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "group.initial.rebalance.delay.ms": 0,
        }

    def _tls_settings(self):
        if not self.tls:
            return {}
        keystore = self.directory / "server.pem"
        keystore.write_text(
            (self.tls / "server.key").read_text() + (self.tls / "server.crt").read_text()
        )
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": keystore,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.tls / "ca.crt",
            "ssl.client.auth": "required",
        }

    def _client(self):
        """What a client of this broker needs."""
        if not self.tls:
            return {"bootstrap.servers": self.address}
        return {
            "bootstrap.servers": self.address,
            "security.protocol": "ssl",
            "ssl.ca.location": str(self.tls / "ca.crt"),
            "ssl.certificate.location": str(self.tls / "client.crt"),
            "ssl.key.location": str(self.tls / "client.key"),
        }

    def _java(self, main, *arguments):
        with open(self.log_file, "ab") as log:
            command = ["java", "-Xmx512m", "-cp", f"{JARS}/*", main, *map(str, arguments)]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory)

    def start(self):
        self.process = self._java("kafka.Kafka", self._properties)
        wait_until(
            self._answers,
            START_SECONDS,
            lambda: f"the broker\n{self.log_file.read_text(errors='replace')[-3000:]}",
        )
        return self

    def _answers(self):
        assert self.process.poll() is None, self.log_file.read_text(errors="replace")[-3000:]
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return self.admin().list_topics(timeout=5) is not None
        except Exception:  # whatever the error, it is not ready
            return False

    def kill9(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        if self.process is not None:
            self.kill9()

    def create_topic(self, name, partitions=1):
        admin = self.admin()
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)

    def admin(self):
        """A client; it must outlive its futures."""
        return AdminClient(self._client())

    def producer(self):
        return Producer(
            self._client()
            | {"acks": "all", "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 500}
        )
