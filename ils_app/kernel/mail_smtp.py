"""Mail through a server that speaks SMTP: TLS from the first byte or by STARTTLS, with or without AUTH."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from ils_app.kernel.mail import Message, Never, NotNow, composed, sender
from ils_app.kernel.settings_reader import is_loopback

STEP_SECONDS: Final = 15.0
TOTAL_SECONDS: Final = 60.0
PORTS: Final = {"smtp": 587, "smtps": 465}


class Smtp:
    """One mail, one connection. Off this machine nothing is said before TLS stands, and never with another's name."""

    name = "SMTP"

    def __init__(self, url: str) -> None:
        self.server = urlsplit(url)

    async def send(self, message: Message, key: str) -> str:
        """Hand the mail to the server; answers what the server says it filed it under. Raises NotNow, Never."""
        mail = composed(message, key)
        async with self._signed_in() as client:
            _, said = await client.send_message(mail, sender=sender(message)[1], recipients=[message.to])
        return said[:200]

    async def reach(self) -> None:
        """See that the server is there, offers TLS and knows us; sends nothing. Raises NotNow."""
        async with self._signed_in():
            pass

    @asynccontextmanager
    async def _signed_in(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is ready to take a mail; whatever goes wrong on it comes out as NotNow or Never."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS), _client(self.server) as client:
                await self._secure(client)
                if self.server.username:
                    await client.login(unquote(self.server.username), unquote(self.server.password or ""))
                yield client
        except aiosmtplib.SMTPAuthenticationError as error:
            raise NotNow(f"The mail server refuses our user or password ({error.code}): check SMTP_URL.") from error
        except aiosmtplib.SMTPSenderRefused as error:
            raise NotNow(f"The mail server refuses our own address ({error.code}): check MAIL_FROM.") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0], "the recipient's address") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, "the mail") from error
        except aiosmtplib.SMTPNotSupported as error:
            raise NotNow("The mail server offers no sign-in we know: check SMTP_URL.") from error
        except ssl.SSLError as error:
            raise NotNow("The mail server's certificate is not to be trusted: check SMTP_URL.") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotNow(f"The mail server does not answer ({type(error).__name__}).") from error

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        """TLS before anything else, required off this machine.

        A server that offers none, or whose offer somebody took away, gets no password and no mail.
        """
        if self.server.scheme == "smtps":
            return
        await client.ehlo()
        if client.supports_extension("starttls"):
            await client.starttls()
        elif not is_loopback(self.server.geturl()):
            raise NotNow("The mail server offers no TLS: check SMTP_URL.")


def _client(server: SplitResult) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.hostname,
        port=server.port or PORTS[server.scheme],
        timeout=STEP_SECONDS,
        use_tls=server.scheme == "smtps",
        start_tls=False,  # `_secure` sees to it
        tls_context=ssl.create_default_context(),
    )


def _refused(error: aiosmtplib.SMTPResponseException, what: str) -> NotNow | Never:
    """Four hundreds pass, five hundreds stay."""
    if 400 <= error.code < 500:
        return NotNow(f"The mail server will not take {what} at the moment ({error.code}).")
    return Never(f"The mail server refuses {what} ({error.code}).")
