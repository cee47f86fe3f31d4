"""The node's link inside TLS: the gateway's own authority, and only the name it was told."""

import subprocess
from pathlib import Path

import pytest

from tests.broker import Broker, free_port
from tests.firmware.node_process import INTERPRETERS, NodeProcess, until

NAME = "gateway.tomoshibi.internal"


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """authority.der, and a certificate for NAME that it has signed."""
    folder = tmp_path_factory.mktemp("certificates")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=authority"
    )
    openssl(folder, "req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={NAME}")
    (folder / "names").write_text(f"subjectAltName=DNS:{NAME}\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "30")
    openssl(folder, "x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")
    openssl(folder, "x509", "-in", "ca.pem", "-outform", "DER", "-out", "authority.der")
    openssl(
        folder, "req", "-x509", *curve, "-keyout", "other.key", "-out", "other.pem", "-days", "30", "-subj", "/CN=x"
    )
    openssl(folder, "x509", "-in", "other.pem", "-outform", "DER", "-out", "stranger.der")
    return folder


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize(
    ("authority", "name", "welcome"),
    [("authority.der", NAME, True), ("stranger.der", NAME, False), ("authority.der", "other.internal", False)],
)
def test_only_the_gateway_that_the_authority_vouches_for_is_spoken_to(
    interpreter: str, authority: str, name: str, welcome: bool, certificates: Path, tmp_path: Path
) -> None:
    port = free_port()
    listener = (
        f"listener {port} 127.0.0.1\ncafile {certificates}/ca.pem\n"
        f"certfile {certificates}/server.pem\nkeyfile {certificates}/server.key\n"
    )
    tls = {"ca": str(certificates / authority), "name": name}
    with Broker(listener), NodeProcess(interpreter, tmp_path, port, tls=tls) as node:
        if welcome:
            node.does("door open")
            node.shows(up=True, unsent=0)
        else:
            until(lambda: node.state()["last_fault"])
            assert node.state()["connections"] == 0
            assert node.alive()
