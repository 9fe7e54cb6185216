"""The configuration as an operator meets it: mistakes end the process with one line that names the
mistake and where it is."""

import socket
import subprocess

import pytest
import requests

from server import BINARY, START_SECONDS, Vivace


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


def test_unknown_flag():
    status, output = run("-no.such.flag")
    assert status == 2 and "no.such.flag" in output
    assert output.count("Usage of") == 1 and output.count("-server.http-listen-port") == 1


# What the start refuses although every key has a value of its type; {} is a directory.
REFUSED = {
    "target": "target: querier",
    "backend": "storage: {trace: {backend: s3, s3: {bucket: b}}}",
    "kafka": "ingest: {enabled: true}",
    "wal_fsync": "vivace: {wal_fsync: sometimes}",
    "access file": "vivace: {access_file: '{}/none.yaml'}",
    "tail policy": "overrides: {defaults: {sampling: {tail: {policies: [{name: a, type: b}]}}}}",
    "per-tenant file": "overrides: {per_tenant_override_config: '{}/vivace.yaml'}",
    "user limits": "overrides: {user_configurable_overrides: {enabled: true}}",
    "forwarder": "distributor: {forwarders: [{name: a, backend: otlphttp}]}",
    "deny list": "query_frontend: {url_deny_list: ['(']}",
    "receiver's certificate": "distributor: {receivers: {otlp: {protocols: {grpc: "
    "{tls: {cert_file: '{}/none.crt', key_file: '{}/none.key'}}}}}}",
    "response header": "distributor: {receivers: {otlp: {protocols: {http: "
    '{response_headers: {"a b": c}}}}}}',
    "certificate without key": "server: {http_tls_config: {cert_file: '{}/none.crt'}}",
    "client policy without certificate": "server: {http_tls_config: "
    "{client_auth_type: RequireAnyClientCert}}",
    "client CA without certificate": "server: {grpc_tls_config: {client_ca_file: '{}/none.crt', "
    "client_auth_type: RequireAndVerifyClientCert}}",
    "authenticator": "distributor: {receivers: {otlp: {protocols: {grpc: "
    "{auth: {authenticator: basicauth}}}}}}",
    "cluster validation": "server: {cluster_validation: {label: a, grpc: {enabled: true}}}",
    "PROXY protocol": "server: {proxy_protocol_enabled: true}",
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_verify_refuses_what_the_start_refuses(tmp_path, mistake):
    text = REFUSED[mistake].replace("{}", str(tmp_path))
    storage = f"storage: {{trace: {{backend: local, local: {{path: {tmp_path}/blocks}}, "
    storage += f"wal: {{path: {tmp_path}/wal}}}}}}\n"
    flag = file_with(tmp_path, (storage if "storage" not in text else "") + text + "\n")
    verified, verdict = run(flag, "-config.verify=true")
    started, reason = run(flag, "-server.http-listen-port=0", "-server.grpc-listen-port=0")
    assert verified == started == 1, verdict + reason
    # The same reason, which names what is wrong.
    last = verdict.strip().splitlines()[-1].strip()
    assert last.removeprefix("error running vivace: ") in reason, (verdict, reason)
    assert not (tmp_path / "blocks").exists() and not (tmp_path / "wal").exists()


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
    assert any("blocks are neither merged nor deleted" in line for line in warnings), warnings
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
