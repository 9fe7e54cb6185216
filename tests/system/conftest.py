"""Fixtures: servers on free ports with their own directories. The log of a server is shown where a
test fails."""

import pytest

from load import Load
from server import BINARY, Vivace


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"no server at {BINARY}: build it first, or set VIVACE_BINARY", returncode=3)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for server in item.funcargs.get("servers", []) + [item.funcargs.get("server")]:
            if server is not None:
                report.sections.append((f"log of {server.directory}", server.log_tail()))


@pytest.fixture
def servers():
    """All servers of a test; none of them outlives it."""
    running = []
    yield running
    for server in running:
        server.close()


@pytest.fixture
def new_server(servers, tmp_path):
    """new_server(config, ...): a Vivace that is not started yet."""

    def make(config=None, directory=None, **options):
        server = Vivace(directory or tmp_path / f"server{len(servers)}", config, **options)
        servers.append(server)
        return server

    return make


@pytest.fixture
def start(new_server):
    """start(config, ...): a running Vivace."""
    return lambda *arguments, **options: new_server(*arguments, **options).start()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server that the tests of a file share; they leave it running."""
    server = Vivace(tmp_path_factory.mktemp("server")).start()
    yield server
    server.close()


@pytest.fixture
def load(tmp_path):
    """load(server, **options): a load driver under way; none outlives the test."""
    loads = []

    def run(server, **options):
        loads.append(Load(server, tmp_path / f"load{len(loads)}", **options))
        return loads[-1]

    yield run
    for each in loads:
        each.close()
