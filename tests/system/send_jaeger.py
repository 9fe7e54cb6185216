"""Sends the trace of node/send_zipkin_jaeger.js with Jaeger's client for Python to an agent's UDP
port, and prints its id."""

import sys
import time

from jaeger_client import Config

tracer = Config(
    config={
        "sampler": {"type": "const", "param": 1},
        "local_agent": {"reporting_host": "127.0.0.1", "reporting_port": int(sys.argv[1])},
        "reporter_flush_interval": 0.05,
    },
    service_name="python-jaeger",
).initialize_tracer()
with tracer.start_span(
    "checkout",
    tags={
        "span.kind": "server",
        "text": "täxt",
        "whole": 42,
        "fraction": 0.5,
        "yes": True,
        "error": True,
    },
) as root:
    with tracer.start_span("charge", child_of=root, tags={"span.kind": "client"}):
        pass
    root.log_kv({"event": "declined", "card": "visa"})
closed = tracer.close()  # a future: its thread flushes what is left
while not closed.done():
    time.sleep(0.01)
print(f"{root.trace_id:032x}")
