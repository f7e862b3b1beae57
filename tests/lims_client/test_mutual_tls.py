"""A LIMS that wants to see a client certificate."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lims_client import LimsClient, LimsUnavailable, Timing

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made with openssl")


def certificate(folder: Path, name: str, *, signed_by: str | None = None) -> None:
    """`name.pem` and `name.key` in the folder, self-signed or signed by another one there."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
    if signed_by is None:
        openssl("req", "-x509", *key, "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2")
        return
    openssl("req", *key, "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\n")
    by = ["-CA", f"{signed_by}.pem", "-CAkey", f"{signed_by}.key", "-CAcreateserial"]
    openssl("x509", "-req", "-in", f"{name}.csr", *by, "-out", f"{name}.pem", "-days", "2", "-extfile", "extensions")


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    certificate(tmp_path, "authority")
    for name in ("server", "client"):
        certificate(tmp_path, name, signed_by="authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return tmp_path


@pytest.fixture
async def strict_lims(certificates: Path) -> AsyncIterator[str]:
    """The base URL of a server that speaks only to those with a certificate of the authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "authority.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"jobId": "J-1", "status": "queued"}'
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_client_certificate_opens_the_door(certificates, strict_lims):
    cert, key = str(certificates / "client.pem"), str(certificates / "client.key")
    async with LimsClient(strict_lims, "key", client_cert=cert, client_key=key) as lims:
        assert (await lims.get_job("J-1")).job_id == "J-1"


async def test_without_it_the_lims_is_unavailable(strict_lims):
    async with LimsClient(strict_lims, "key", timing=Timing(backoff_seconds=0)) as lims:
        with pytest.raises(LimsUnavailable):
            await lims.get_job("J-1")
