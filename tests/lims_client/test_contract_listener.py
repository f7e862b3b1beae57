"""The listener that deliveries arrive at."""

import asyncio

import httpx
import pytest

from lims_client.contract.listener import Listener


async def send(listener: Listener, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(raw)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_delivery_is_kept_with_its_headers_and_raw_body():
    async with Listener() as listener, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(listener.url, content=b'{"a": 1}', headers={"Webhook-Id": "msg_1"})
        await listener.news(5)
    assert answer.status_code == 202
    assert listener.received[0].body == b'{"a": 1}'
    assert listener.received[0].headers["webhook-id"] == "msg_1"


async def test_while_refusing_it_answers_500_and_keeps_the_refused_apart():
    async with Listener(refusing=True) as listener, httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(listener.url, content=b"x")).status_code == 500
    assert (len(listener.refused), listener.received) == (1, [])


async def test_a_body_in_chunks_is_put_together():
    async def chunks():
        yield b"ab"
        yield b"cd"

    async with Listener() as listener, httpx.AsyncClient(trust_env=False) as http:
        await http.post(listener.url, content=chunks())
    assert listener.received[0].body == b"abcd"


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n"])
async def test_what_is_no_request_is_no_delivery(raw):
    async with Listener() as listener:
        assert await send(listener, raw) == b""
        with pytest.raises(TimeoutError):
            await listener.news(0.01)
    assert listener.received == []
