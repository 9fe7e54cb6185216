"""What a build says of itself, and what cmake --install lays out."""

import os
import pathlib
import re
import subprocess

import requests
from server import BINARY


def version_of(program):
    """(version, branch, revision, version of the compatible Tempo) as the program prints them."""
    text = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    match = re.fullmatch(
        r"vivace, version (\S+) \(branch: (\S*), revision: (\S+)\)\n"
        r"  compatible with Tempo (\S+)\n",
        text,
    )
    assert match, text
    return match.groups()


def test_revision_is_the_same_everywhere(server):
    version, branch, revision, tempo = version_of(BINARY)
    info = requests.get(server.url + "/api/status/buildinfo", timeout=10).json()
    assert info["vivaceVersion"] == version
    assert (info["version"], info["branch"], info["revision"]) == (tempo, branch, revision)
    page = requests.get(server.url + "/status/version", timeout=10).text
    assert f"tempo, version {tempo} " in page and page.endswith(f"vivace:           {version}\n")
    for name, number in (("tempo_build_info", tempo), ("vivace_build_info", version)):
        assert server.metric(name, version=number, branch=branch, revision=revision) == 1


def test_grafana_sees_a_version_that_streams(server):
    """Its data source switches streamed search on from 2.2.0, streamed metrics from 2.7.0."""
    version = requests.get(server.url + "/api/status/buildinfo", timeout=10).json()["version"]
    assert version == "2.10.8"


def test_revision_is_that_of_git():
    """Where the source is a checkout; a build of an unpacked archive says "unknown"."""
    source = BINARY.parent.parent
    git = ["git", "-c", "safe.directory=*", "-C", source, "rev-parse", "--short=9", "HEAD"]
    head = subprocess.run(git, capture_output=True, text=True)
    expected = head.stdout.strip() if head.returncode == 0 else "unknown"
    assert version_of(BINARY)[2].removesuffix("-dirty") == expected


def test_install(tmp_path):
    prefix = tmp_path / "usr"
    install = ["cmake", "--install", BINARY.parent, "--prefix", prefix]
    subprocess.run(install, check=True, capture_output=True)
    assert version_of(prefix / "bin/vivace") == version_of(BINARY)
    unit = (prefix / "lib/systemd/system/vivace.service").read_text()
    config = prefix / "etc/vivace/vivace.yaml"
    assert f'ExecStart="{prefix}/bin/vivace" "-config.file={config}"\n' in unit
    assert "@" not in unit
    # Only its own libraries and the C library's are needed.
    needed = subprocess.run(["ldd", prefix / "bin/vivace"], capture_output=True, text=True).stdout
    assert f"{prefix}/bin/../lib/vivace/libparquet" in needed and "not found" not in needed

    listed = (BINARY.parent / "install_manifest.txt").read_text().splitlines()
    assert all(pathlib.Path(path).exists() for path in listed)
    assert str(prefix / "lib/systemd/system/vivace.service") in listed

    # What an administrator has changed stays.
    config.write_text("# mine\n")
    subprocess.run(install, check=True, capture_output=True)
    assert config.read_text() == "# mine\n"


def test_install_elsewhere(tmp_path):
    """Staged for a package that goes to /usr; below a prefix that is relative and has a space."""
    install = ["cmake", "--install", BINARY.parent, "--prefix"]
    staged = os.environ | {"DESTDIR": str(tmp_path / "stage")}
    subprocess.run([*install, "/usr"], check=True, capture_output=True, env=staged)
    assert (tmp_path / "stage/etc/vivace/vivace.yaml").exists()
    unit = (tmp_path / "stage/usr/lib/systemd/system/vivace.service").read_text()
    assert 'ExecStart="/usr/bin/vivace" "-config.file=/etc/vivace/vivace.yaml"\n' in unit

    subprocess.run([*install, "my vivace"], check=True, capture_output=True, cwd=tmp_path)
    unit = (tmp_path / "my vivace/lib/systemd/system/vivace.service").read_text()
    assert f'ExecStart="{tmp_path}/my vivace/bin/vivace"' in unit
