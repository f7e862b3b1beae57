"""Stands between ILS and its LIMS and keeps every request, word for word."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}


@dataclass(frozen=True)
class Request:
    """One request as ILS sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """`url` is what ILS is told the LIMS's address is; `requests` is what it sent there."""

    def __init__(self, behind: str) -> None:
        self.requests: list[Request] = []
        target, kept = urlsplit(behind), self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                kept.append(Request(self.command, self.path, dict(self.headers), body))
                onward = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
                sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                onward.request(self.command, target.path + self.path, body, sent)
                answer = onward.getresponse()
                said = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
                onward.close()

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def listening_to(behind: str) -> Iterator[Listener]:
    """A listener in front of the LIMS at this address."""
    listener = Listener(behind)
    Thread(target=listener.server.serve_forever, daemon=True).start()
    try:
        yield listener
    finally:
        listener.server.shutdown()
        listener.server.server_close()
