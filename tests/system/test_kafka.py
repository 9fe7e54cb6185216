"""Spans from a real Kafka broker: every encoding, tenants, and nothing lost or doubled while broker
and consumer are killed."""

import base64
import json
import os
import threading
import time

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from google.protobuf import json_format

from certificates import make_certificates
from kafka import Broker
from otlp import attributes_of, is_stored, new_trace_id, request_of, spans_of, trace_of
from server import merged, wait_until

SECONDS = 60


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("kafka") / "broker")
    yield broker.start()
    broker.close()


def kafka_config(broker, topic, encoding="otlp_proto", config=None, **options):
    """The configuration of a server that reads a topic from its beginning."""
    kafka = {
        "brokers": [broker.address],
        "topic": topic,
        "encoding": encoding,
        "group_id": topic,
        "initial_offset": "earliest",
    }
    kafka |= {
        "session_timeout": "6s",
        "heartbeat_interval": "1s",
        "autocommit": {"interval": "200ms"},
    } | options
    return merged({"distributor": {"receivers": {"kafka": kafka}}}, config or {})


def send(broker, topic, *records, headers=None):
    producer = broker.producer()
    failures = []
    for record in records:
        producer.produce(
            topic,
            record,
            headers=headers,
            on_delivery=lambda error, _: error and failures.append(error),
        )
    assert producer.flush(60) == 0 and not failures


def otlp_json(request):
    """As OTLP has it: ids in hexadecimal digits."""
    message = json_format.MessageToDict(request)
    for span in message["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        span["traceId"], span["spanId"] = (
            request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex(),
            "00f067aa0ba902b7",
        )
    return json.dumps(message).encode()


def jaeger_json(trace_id):
    tags = [
        {"key": "text", "vStr": "täxt"},
        {"key": "whole", "vType": "INT64", "vInt64": "42"},
        {"key": "yes", "vType": "BOOL", "vBool": True},
    ]
    log = {"timestamp": "2026-11-20T23:51:33.5Z", "fields": [{"key": "event", "vStr": "declined"}]}
    return json.dumps(
        {
            "traceId": base64.b64encode(trace_id).decode(),
            "spanId": base64.b64encode(bytes(7) + b"\1").decode(),
            "operationName": "charge",
            "startTime": "2026-11-20T23:51:33Z",
            "duration": "1.500s",
            "tags": tags,
            "logs": [log],
            "process": {"serviceName": "shop", "tags": [{"key": "host", "vStr": "a"}]},
        }
    ).encode()


def zipkin_json(trace_id):
    span = {
        "traceId": trace_id.hex(),
        "id": "1",
        "name": "get",
        "timestamp": 1_700_000_000_000_000,
        "duration": 5,
    }
    return json.dumps([span | {"localEndpoint": {"serviceName": "shop"}}]).encode()


@pytest.mark.parametrize(
    "encoding, record",
    [
        ("otlp_proto", lambda trace_id: request_of((trace_id, os.urandom(8))).SerializeToString()),
        ("otlp_json", lambda trace_id: otlp_json(request_of((trace_id, os.urandom(8))))),
        ("jaeger_json", jaeger_json),
        ("zipkin_json", zipkin_json),
    ],
)
def test_encodings(broker, start, encoding, record):
    trace_id = new_trace_id()
    topic = f"spans-{encoding}"
    broker.create_topic(topic)
    server = start(kafka_config(broker, topic, encoding))
    send(broker, topic, b"\xff no span", record(trace_id))
    wait_until(lambda: is_stored(server, trace_id, spans=1), SECONDS, "the span")
    wait_until(
        lambda: "Kafka records were not stored" in server.log(),
        SECONDS,
        "a log line about the record that is not a span",
    )
    if encoding == "jaeger_json":
        (span,) = spans_of(trace_of(server, trace_id))
        assert span["name"] == "charge" and attributes_of(span) == {
            "text": "täxt",
            "whole": 42,
            "yes": True,
        }
        assert int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) == 1_500_000_000
        assert (
            attributes_of(span["resource"]).items() >= {"service.name": "shop", "host": "a"}.items()
        )
        assert [event["name"] for event in span["events"]] == ["declined"]


def test_tenants_and_headers(broker, start):
    """The tenant comes in a header; other headers may become attributes. Records without tenant are
    reported, not repeated."""
    topic = "tenants"
    broker.create_topic(topic)
    header_extraction = {"extract_headers": True, "headers": ["region"]}
    server = start(
        kafka_config(
            broker,
            topic,
            config={"multitenancy_enabled": True},
            header_extraction=header_extraction,
        )
    )
    ids = [new_trace_id() for _ in range(2)]
    send(broker, topic, request_of((ids[0], os.urandom(8))).SerializeToString())
    send(
        broker,
        topic,
        request_of((ids[1], os.urandom(8))).SerializeToString(),
        headers=[("X-Scope-OrgID", b"acme"), ("region", b"eu")],
    )
    path = f"/api/traces/{ids[1].hex()}"
    wait_until(
        lambda: server.get(path, {"X-Scope-OrgID": "acme"})[0] == 200,
        SECONDS,
        "the span of the tenant",
    )
    assert b'"kafka.header.region"' in server.get(path, {"X-Scope-OrgID": "acme"})[1]
    wait_until(lambda: "no org id" in server.log(), SECONDS, "a log line about the missing tenant")
    assert server.get(path, {"X-Scope-OrgID": "other"})[0] == 404


def test_a_record_that_was_sent_twice(broker, start):
    """As producers do whose first acknowledgement was lost."""
    topic = "twice"
    broker.create_topic(topic)
    records = [request_of((new_trace_id(), os.urandom(8))).SerializeToString() for _ in range(50)]
    send(broker, topic, *(record for record in records for _ in range(2)))
    server = start(kafka_config(broker, topic))
    wait_until(lambda: committed(broker, topic) == 100, SECONDS, "all records")
    assert count_spans(server) == 50


def test_a_rate_delays_but_loses_nothing(broker, start):
    topic = "slow"
    broker.create_topic(topic)
    limits = {
        "overrides": {
            "defaults": {"ingestion": {"rate_limit_bytes": 5000, "burst_size_bytes": 1000}}
        }
    }
    records = [
        request_of((new_trace_id(), os.urandom(8)), name="x" * 500).SerializeToString()
        for _ in range(10)
    ]
    server = start(kafka_config(broker, topic, config=limits))
    send(broker, topic, *records)
    wait_until(
        lambda: spans_received(server) == 10,
        SECONDS,
        lambda: f"ten spans, not {spans_received(server)}",
    )
    assert server.metric("tempo_discarded_spans_total") == 0


def spans_received(server):
    return server.metric("tempo_distributor_spans_received_total")


def committed(broker, topic):
    admin = broker.admin()
    group = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(topic)])
    return sum(max(position.offset, 0) for position in group[topic].result(30).topic_partitions)


def count_spans(server):
    """Distinct spans and spans as metrics count them: all of those that are stored."""
    end = int(time.time()) + 60
    body = server.get(
        f"/api/metrics/query?q=%7B%7D%7Ccount_over_time()&start={end - 3600}&end={end}"
    )[1]
    (series,) = json.loads(body)["series"]
    return int(series["value"])


def test_over_mutual_tls(tmp_path, start):
    """Certificates that are renewed are used without a restart, and nothing is lost meanwhile."""
    make_certificates(tmp_path)
    broker = Broker(tmp_path / "broker", tls=tmp_path).start()
    try:
        broker.create_topic("secret")
        files = {"ca_file": "ca.crt", "cert_file": "client.crt", "key_file": "client.key"}
        server = start(
            kafka_config(
                broker, "secret", tls={key: str(tmp_path / name) for key, name in files.items()}
            )
        )
        for renewals in range(2):
            trace_id = new_trace_id()
            send(broker, "secret", request_of((trace_id, os.urandom(8))).SerializeToString())
            wait_until(
                lambda: is_stored(server, trace_id),
                SECONDS,
                lambda: f"the span\n{server.log_tail()}",
            )
            (tmp_path / "client.crt").write_text((tmp_path / "client.crt").read_text())
            wait_until(
                lambda: server.log().count("certificates renewed") == renewals + 1,
                SECONDS,
                "the renewal",
            )
    finally:
        broker.close()


@pytest.mark.parametrize("broker_lives", [True, False])
def test_shutdown_commits_offsets(tmp_path, new_server, broker_lives):
    """A server that stops commits what it has stored, and does not wait forever for a dead
    broker."""
    broker = Broker(tmp_path / "broker").start()
    try:
        broker.create_topic("end")
        server = new_server(kafka_config(broker, "end", autocommit={"interval": "1h"})).start()
        send(
            broker,
            "end",
            *(request_of((new_trace_id(), os.urandom(8))).SerializeToString() for _ in range(20)),
        )
        wait_until(lambda: spans_received(server) == 20, SECONDS, "twenty spans")
        if not broker_lives:
            broker.kill9()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 15
        if broker_lives:
            assert committed(broker, "end") == 20
    finally:
        broker.close()


class Sender(threading.Thread):
    """Sends records of one span until it is stopped; `sent` counts those that the broker has
    acknowledged."""

    def __init__(self, broker, topic):
        super().__init__()
        self.topic, self.producer = topic, broker.producer()
        self.sent, self.failed = 0, 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.producer.produce(
                self.topic,
                request_of((new_trace_id(), os.urandom(8))).SerializeToString(),
                on_delivery=self._delivered,
            )
            self.producer.poll(0.002)
        self.failed += self.producer.flush(90)

    def _delivered(self, error, _):
        if error:
            self.failed += 1
        else:
            self.sent += 1

    def stop(self):
        self.ending.set()
        self.join(120)
        assert self.failed == 0
        return self.sent


def test_nothing_is_lost_or_doubled(tmp_path, new_server):
    """While spans come in, consumer and broker are killed in turn; in the end each span is there
    once, also when all is read again."""
    broker = Broker(tmp_path / "broker").start()
    try:
        broker.create_topic("crash", partitions=2)
        server = new_server(
            kafka_config(broker, "crash", config={"ingester": {"max_block_duration": "1h"}})
        ).start()
        sender = Sender(broker, "crash")
        sender.start()
        for _ in range(2):
            seen = spans_received(server)
            wait_until(lambda: spans_received(server) > seen + 50, SECONDS, "more spans")
            server.kill9()
            server.start()
            wait_until(lambda: spans_received(server) > 50, SECONDS, "spans after the restart")
            broker.kill9()
            broker.start()
        sent = sender.stop()
        wait_until(
            lambda: count_spans(server) >= sent,
            SECONDS,
            lambda: f"{sent} spans, not {count_spans(server)}",
        )
        wait_until(lambda: committed(broker, "crash") >= sent, SECONDS, "the commit of all offsets")
        assert count_spans(server) == sent
        server.kill9()
        read_all_again(broker, "crash")
        server.start()
        wait_until(lambda: committed(broker, "crash") >= sent, SECONDS, "all records once more")
        assert count_spans(server) == sent
        broker.kill9()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 15
    finally:
        broker.close()


def read_all_again(broker, topic):
    beginning = [TopicPartition(topic, number, 0) for number in range(2)]
    admin = broker.admin()

    def is_reset():
        # The group is empty only when the session of the killed member has ended.
        try:
            admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(topic, beginning)])[
                topic
            ].result(30)
            return committed(broker, topic) == 0
        except Exception:
            return False

    wait_until(is_reset, SECONDS, "the offsets set back")
