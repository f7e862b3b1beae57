"""Whether a request comes from this machine itself, for what is nobody else's business outside production."""

from ipaddress import ip_address

from fastapi import Request

from ils_app.kernel.errors import NotFound


def asked_here(request: Request) -> bool:
    """Whether who asks sits on this machine. A peer without an address of its own is not believed to."""
    try:
        return request.client is not None and ip_address(request.client.host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def only_here(request: Request) -> None:
    """Let in who sits on this machine. Raises NotFound: others learn nothing of what there is."""
    if not asked_here(request):
        raise NotFound
