"""The configuration as an operator meets it: mistakes end the process with one line that names the
mistake and where it is."""

import json
import shlex
import socket
import subprocess

import pytest
import requests

from certificates import make_certificates
from otlp import new_trace_id, post, request_of
from server import BINARY, START_SECONDS, Vivace, at


def run(*flags):
    """(exit status, what was printed)"""
    done = subprocess.run(
        [BINARY, *map(str, flags)], capture_output=True, text=True, timeout=START_SECONDS
    )
    return done.returncode, done.stdout + done.stderr


def file_with(tmp_path, text):
    path = tmp_path / "vivace.yaml"
    path.write_text(text)
    return f"-config.file={path}"


@pytest.mark.parametrize("port", ["http_port", "otlp_grpc_port", "otlp_http_port"])
def test_port_in_use(new_server, port):
    server = new_server()
    with socket.create_server(("127.0.0.1", getattr(server, port))):
        server.launch()
        assert server.process.wait(START_SECONDS) == 1
    lines = [
        line
        for line in server.log().splitlines()
        if str(getattr(server, port)) in line and "in use" in line.lower()
    ]
    assert len(lines) == 1, server.log()


def test_unknown_key_names_line_and_nearest_key(tmp_path):
    status, output = run(
        file_with(tmp_path, "server:\n  http_listen_prot: 3200\n"), "-config.verify=true"
    )
    assert status == 1
    assert (
        "line 2" in output and "http_listen_prot" in output and "http_listen_port" in output
    ), output


def test_unknown_key_stops_the_start(tmp_path):
    status, output = run(
        file_with(tmp_path, "storage:\n  trace:\n    backend: local\n    wall: {}\n")
    )
    assert status == 1
    assert "line 4" in output and "wall" in output, output


@pytest.mark.parametrize(
    "text",
    [
        "server: [",
        "server:\n  http_listen_port: many\n",
        "server:\n\thttp_listen_port: 1\n",
        "ingester:\n  max_block_duration: 5 parsecs\n",
    ],
)
def test_bad_value(tmp_path, text):
    status, output = run(file_with(tmp_path, text), "-config.verify=true")
    assert status == 1 and "line" in output, output


def test_missing_file(tmp_path):
    status, output = run(f"-config.file={tmp_path}/none.yaml")
    assert status == 1 and "none.yaml" in output


def streams_of(*flags):
    """(exit status, standard output, standard error)"""
    done = subprocess.run(
        [BINARY, *map(str, flags)], capture_output=True, text=True, timeout=START_SECONDS
    )
    return done.returncode, done.stdout, done.stderr


def test_a_mistyped_flag_is_the_only_thing_that_is_said():
    assert streams_of("-config.fil=x.yaml") == (
        2,
        "",
        "flag provided but not defined: -config.fil (did you mean -config.file?)\n",
    )


def test_help_is_short_and_on_standard_output():
    status, brief, errors = streams_of("-help")
    assert (status, errors) == (0, "") and "-config.file" in brief
    assert len(brief.splitlines()) < 60
    status, every, errors = streams_of("-help-all")
    assert (status, errors) == (0, "") and len(every.splitlines()) > 250
    assert "-distributor.rate-limit-strategy" in every


# What the start refuses although every key has a value of its type, and what its message names; {}
# is a directory, which has a file "file" and a directory "closed" that nothing can be made in.
TAIL = "overrides: {defaults: {sampling: {tail: {policies: [%s]}}}}"
GRPC = "distributor: {receivers: {otlp: {protocols: {grpc: {%s}}}}}"
REFUSED = {
    "target": ("target: querier", "target: querier"),
    "unknown target": ("target: quirier", "quirier"),
    "backend": ("storage: {trace: {backend: s3, s3: {bucket: b}}}", "storage.trace.backend: s3"),
    "gcs": ("storage: {trace: {backend: gcs, gcs: {bucket_name: b}}}", "backend: gcs"),
    "azure": ("storage: {trace: {backend: azure}}", "backend: azure"),
    "no backend": ("storage: {trace: {wal: {path: '{}/wal'}}}", "storage.trace.backend"),
    "no directory": (
        "storage: {trace: {backend: local, wal: {path: '{}/wal'}}}",
        "storage.trace.local.path",
    ),
    "blocks in a file": (
        "storage: {trace: {backend: local, local: {path: '{}/file/x'}, wal: {path: '{}/wal'}}}",
        "storage.trace.local.path: {}/file/x: not a directory",
    ),
    "log in a file": (
        "storage: {trace: {backend: local, local: {path: '{}/blocks'}, wal: {path: '{}/file'}}}",
        "storage.trace.wal.path: {}/file: not a directory",
    ),
    "kafka": ("ingest: {enabled: true}", "ingest.enabled"),
    "wal_fsync": ("vivace: {wal_fsync: sometimes}", "vivace.wal_fsync"),
    "access file": (
        "vivace: {access_file: '{}/none.yaml'}",
        "vivace.access_file: open {}/none.yaml: no such file or directory",
    ),
    "access file without identities": (
        "vivace: {access_file: '{}/empty.yaml'}",
        "vivace.access_file: failed to parse access file {}/empty.yaml",
    ),
    "audit log": (
        "vivace: {audit_log: '{}/none/audit.log'}",
        "vivace.audit_log: {}/none/audit.log: no such file or directory",
    ),
    "audit log is a directory": ("vivace: {audit_log: '{}'}", "vivace.audit_log: {}: is a direct"),
    "tenant header": ("vivace: {tenant_header: X Org}", "vivace.tenant_header"),
    "proxy": ("vivace: {trusted_proxies: [10.0.0/8]}", "vivace.trusted_proxies"),
    "tail policy": (TAIL % "{name: a, type: b}", "overrides.defaults"),
    "latency without threshold": (TAIL % "{name: a, type: latency}", "latency.threshold_ms"),
    "no policies": (TAIL % "", "overrides.defaults.sampling.tail has no policies"),
    "more than all": (
        "overrides: {defaults: {sampling: {head_percentage: 125}}}",
        "overrides.defaults.sampling.head_percentage: 125",
    ),
    "per-tenant file": (
        "overrides: {per_tenant_override_config: '{}/vivace.yaml'}",
        "overrides.per_tenant_override_config",
    ),
    "policy of a tenant": (
        "overrides: {per_tenant_override_config: '{}/overrides.yaml'}",
        "tenant a: sampling.tail.policies",
    ),
    "user limits": ("overrides: {user_configurable_overrides: {enabled: true}}", "backend"),
    "directory of user limits": (
        "overrides: {user_configurable_overrides: {enabled: true, client: {backend: local, "
        "local: {path: '{}/file'}}}}",
        "overrides.user_configurable_overrides.client.local.path: {}/file",
    ),
    "forwarder": ("distributor: {forwarders: [{name: a, backend: otlphttp}]}", "otlphttp"),
    "forwarder's CA": (
        "distributor: {forwarders: [{name: a, backend: otlpgrpc, otlpgrpc: {endpoints: ['a:1'], "
        "tls: {cert_file: '{}/none.crt'}}}]}",
        "distributor.forwarders.a: otlpgrpc.tls.cert_file: {}/none.crt: no such file or directory",
    ),
    "deny list": ("query_frontend: {url_deny_list: ['(']}", "url_deny_list"),
    "receiver's certificate": (
        GRPC % "tls: {cert_file: '{}/none.crt', key_file: '{}/none.key'}",
        "distributor.receivers.otlp.protocols.grpc.tls: tls: cert_file {}/none.crt: no such file "
        "or directory",
    ),
    "server's key": (
        "server: {http_tls_config: {cert_file: '{}/server.crt', key_file: '{}/none.key'}}",
        "server.http_tls_config: tls: key_file {}/none.key: no such file or directory",
    ),
    "address": (GRPC % "endpoint: '300.1.2.3:4317'", "distributor.receivers.otlp.protocols.grpc: "),
    "TLS without a certificate": (GRPC % "tls: {min_version: '1.3'}", "otlp.protocols.grpc.tls"),
    "TLS versions that exclude each other": (
        GRPC % "tls: {cert_file: '{}/server.crt', key_file: '{}/server.key', "
        "min_version: '1.3', max_version: '1.2'}",
        "min_version is above max_version",
    ),
    "two on one port": (
        "distributor: {receivers: {otlp: {protocols: {grpc: {endpoint: '127.0.0.1:7'}, "
        "http: {endpoint: '127.0.0.1:7'}}}}}",
        "is also that of",
    ),
    "all addresses beside one": (
        "distributor: {receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:7'}, "
        "http: {endpoint: 'localhost:7'}}}}}",
        "is also that of",
    ),
    "response header": (
        "distributor: {receivers: {otlp: {protocols: {http: " '{response_headers: {"a b": c}}}}}}',
        "response_headers",
    ),
    "certificate without key": (
        "server: {http_tls_config: {cert_file: '{}/none.crt'}}",
        "http_tls_config",
    ),
    "client policy without certificate": (
        "server: {http_tls_config: {client_auth_type: RequireAnyClientCert}}",
        "http_tls_config",
    ),
    "client CA without certificate": (
        "server: {grpc_tls_config: {client_ca_file: '{}/none.crt', "
        "client_auth_type: RequireAndVerifyClientCert}}",
        "grpc_tls_config",
    ),
    "authenticator": (GRPC % "auth: {authenticator: basicauth}", "otlp.protocols.grpc.auth"),
    "middleware": (GRPC % "middlewares: [{id: a}]", "otlp.protocols.grpc.middlewares"),
    "other authentication": ("auth: {type: oidc}", "auth.type"),
    "cluster validation": (
        "server: {cluster_validation: {label: a, grpc: {enabled: true}}}",
        "server.cluster_validation.grpc.enabled",
    ),
    "PROXY protocol": ("server: {proxy_protocol_enabled: true}", "proxy_protocol_enabled"),
}


def logged(line):
    """The fields of a log line, or the line where it is none."""
    try:
        return dict(field.split("=", 1) for field in shlex.split(line))
    except ValueError:
        return {"err": line}


@pytest.mark.parametrize("mistake", REFUSED)
def test_verify_refuses_what_the_start_refuses(tmp_path, mistake):
    text, named = (part.replace("{}", str(tmp_path)) for part in REFUSED[mistake])
    (tmp_path / "file").touch()
    (tmp_path / "empty.yaml").write_text("identities: []\n")
    (tmp_path / "overrides.yaml").write_text(
        "overrides: {a: {sampling: {tail: {policies: [{type: latency}]}}}}\n"
    )
    make_certificates(tmp_path)
    storage = f"storage: {{trace: {{backend: local, local: {{path: {tmp_path}/blocks}}, "
    storage += f"wal: {{path: {tmp_path}/wal}}}}}}\n"
    flag = file_with(tmp_path, (storage if "storage" not in text else "") + text + "\n")
    verified, verdict = run(flag, "-config.verify=true")
    started, reason = run(flag, "-server.http-listen-port=0", "-server.grpc-listen-port=0")
    assert verified == started == 1, verdict + reason
    # The same reason, which names what is wrong, in the last line of each.
    last, of_start = (logged(text.strip().splitlines()[-1])["err"] for text in (verdict, reason))
    assert last == of_start and named in last, (verdict, reason)
    assert not (tmp_path / "blocks").exists() and not (tmp_path / "wal").exists()


# What a start takes although there is something to say about it: verify takes it too and says the
# same.
TAKEN = {
    "block version": (
        at("storage.trace.block.version", "vParquet3"),
        "new blocks are vParquet4, not vParquet3",
    ),
    "log format": (at("server.log_format", "xml"), "server.log_format"),
    "missing tenants": (
        at("overrides.per_tenant_override_config", "DIRECTORY/none.yaml"),
        "none.yaml: no such file or directory",
    ),
    "unknown forwarder": (at("overrides.defaults.forwarders", ["nobody"]), "forwarder=nobody"),
    "access file for all": (
        at("vivace.access_file", "DIRECTORY/access.yaml"),
        "every user of this machine can read the access file",
    ),
    "native histograms": (
        at("overrides.defaults.metrics_generator.generate_native_histograms", True),
        "is not a valid value",
    ),
    "filter policy": (
        at(
            "metrics_generator.processor.span_metrics.filter_policies",
            [{"include": {"match_type": "regexp", "attributes": [{"key": "a", "value": "b"}]}}],
        ),
        "invalid match type: regexp",
    ),
    "rate strategy": (at("overrides.defaults.ingestion.rate_strategy", "foo"), "rate_strategy"),
    "ring store": (at("distributor.ring.kvstore.store", "zk"), "invalid KV store type: zk"),
    "negative limit": (
        at("overrides.defaults.ingestion.max_traces_per_user", -1),
        "max_traces_per_user: -1 is negative",
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_verify_takes_what_the_start_takes(new_server, tmp_path, case):
    config, said = TAKEN[case]
    token = subprocess.run([BINARY, "-hash-token"], input="t" * 16, capture_output=True, text=True)
    access = tmp_path / "access.yaml"
    access.write_text(
        f"identities: [{{name: a, rights: [admin], tokens: ['{token.stdout.strip()}']}}]\n"
    )
    access.chmod(0o644)
    server = new_server(json.loads(json.dumps(config).replace("DIRECTORY", str(tmp_path))))
    done = subprocess.run(
        server.command("-config.verify=true"), capture_output=True, text=True, timeout=START_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    server.start()
    for log in (done.stderr, server.log()):
        warnings = [line for line in log.splitlines() if "level=warn" in line]
        assert sum(said in line for line in warnings) == 1, log


def test_a_block_of_another_version_is_vparquet4(start):
    server = start({"storage": {"trace": {"block": {"version": "vParquet3"}}}})
    assert (
        post(server, request_of((new_trace_id(), b"12345678")).SerializeToString()).status_code
        == 200
    )
    server.flush()
    (block,) = server.block_directories()
    assert json.loads((block / "meta.json").read_text())["format"] == "vParquet4"


def test_the_log_says_where_everything_is(new_server):
    server = new_server().start()
    lines = [logged(line) for line in server.log().splitlines()]

    def line_of(message):
        found = [line for line in lines if line.get("msg") == message]
        assert len(found) == 1, server.log()
        return found[0]

    assert line_of("configuration read")["file"] == str(server.config_file)
    places = line_of("data is kept in")
    assert (places["blocks"], places["wal"]) == (str(server.blocks), str(server.wal))
    api = line_of("API started")
    assert api["http"].endswith(f":{server.http_port}")
    assert api["grpc"].endswith(f":{server.rpc_port}")
    server.get("/shutdown")
    assert server.process.wait(START_SECONDS) == 0
    stops = [line for line in map(logged, server.log().splitlines()) if "reason" in line]
    assert [line["reason"] for line in stops] == ["/shutdown was called"]
    server.process = None


def test_the_log_says_which_signal_it_was(new_server):
    server = new_server().start()
    server.stop()
    stops = [line for line in map(logged, server.log().splitlines()) if "reason" in line]
    assert [line["reason"] for line in stops] == ["signal SIGTERM"]


def test_a_fatal_error_is_a_line_of_the_log(new_server):
    server = new_server({"server": {"log_format": "json"}})
    server.blocks.parent.mkdir(parents=True, exist_ok=True)
    server.blocks.write_text("no directory")
    server.launch()
    assert server.process.wait(START_SECONDS) == 1
    last = json.loads(server.log().strip().splitlines()[-1])
    assert last["level"] == "error" and "storage.trace.local.path" in last["err"]
    server.process = None


def test_metrics_are_there_unless_switched_off(start):
    server = start({"server": {"register_instrumentation": False}})
    assert server.get("/metrics")[0] == 404 and server.get("/ready")[0] == 200


def test_start_says_what_is_not_done_yet(new_server):
    server = new_server(
        {
            "query_frontend": {"mcp_server": {"enabled": True}},
            "compactor": {"compaction": {"block_retention": "48h"}},
            "querier": {"frontend_worker": {"parallelism": 3}},
        }
    )
    server.start()
    warnings = [line for line in server.log().splitlines() if "level=warn" in line]
    for key in ("query_frontend.mcp_server.enabled", "compactor.compaction.block_retention"):
        assert sum(f"{key} is not implemented yet" in line for line in warnings) == 1, warnings
    # One line for each, which says what does not happen.
    for consequence in ("nothing is served at /api/mcp", "blocks are neither merged nor deleted"):
        assert sum(consequence in line for line in warnings) == 1, warnings
    # What one process does not need is no reason to worry anyone.
    assert not any("frontend_worker" in line for line in warnings), warnings


def test_verify_accepts(tmp_path):
    server = Vivace(tmp_path)
    done = subprocess.run(
        server.command("-config.verify=true"), capture_output=True, text=True, timeout=START_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not server.wal.exists() and not server.blocks.exists()


def test_environment_is_expanded_on_request(tmp_path, monkeypatch):
    monkeypatch.setenv("VIVACE_TEST_PORT", "many")
    flag = file_with(tmp_path, "server:\n  http_listen_port: ${VIVACE_TEST_PORT}\n")
    status, output = run(flag, "-config.expand-env=true", "-config.verify=true")
    assert status == 1 and "many" in output, output


def test_status_config_shows_what_was_set(server):
    answer = requests.get(server.url + "/status/config", timeout=10)
    assert answer.status_code == 200
    assert (
        f"http_listen_port: {server.http_port}" in answer.text and str(server.blocks) in answer.text
    )
