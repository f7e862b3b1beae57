"""Which way mail leaves this ILS: what the operator set, else the sink; in production without a setting, none."""

from ils_app.kernel import config
from ils_app.kernel.mail import Message, NotNow, Provider
from ils_app.kernel.mail_http import Resend, SendGrid
from ils_app.kernel.mail_sink import Sink
from ils_app.kernel.mail_smtp import Smtp

NOT_SET = "No way for mail to leave is set: set SMTP_URL, RESEND_API_KEY or SENDGRID_API_KEY, and MAIL_FROM."


def chosen() -> Provider | None:
    """The one that is set; settings refuse two. None in production without any: nothing may look as if it left."""
    settings = config.current()
    if settings.smtp_url:
        return Smtp(settings.smtp_url)
    if settings.resend_api_key:
        return Resend(settings.resend_api_key.get_secret_value())
    if settings.sendgrid_api_key:
        return SendGrid(settings.sendgrid_api_key.get_secret_value())
    return None if settings.production else Sink()


async def send(message: Message, key: str) -> str:
    """Hand a mail over, the way that is set; answers the provider's id for it. Raises NotNow, Never."""
    provider = chosen()
    if provider is None:
        raise NotNow(NOT_SET)
    return await provider.send(message, key)
