"""Who waits at the demo's door: two people who ask for an account, and one who is invited."""

from typing import Final

from pydantic import SecretStr

from ils_app.auth import service as auth
from ils_app.demo.people import LUMEN
from ils_app.kernel.actor import Actor, Role

HERE: Final = "127.0.0.1"
ASKING: Final = (
    ("nora@quay.example", "Nora Quinn", Role.ECP, "Quay Opticians", "Olive Vance at Harbour Eye Care knows us."),
    ("felix@tintworks.example", "Felix Stahl", Role.SUPPLIER, "Tintworks", "We deliver dyes and AR targets."),
)


async def seed(password: str, admin: Actor) -> None:
    """Add who is not there yet."""
    for email, name, role, organisation, note in ASKING:
        if not (await auth.people(admin, search=email, size=1)).total:
            draft = auth.SignUpDraft(
                email=email, name=name, password=SecretStr(password), role=role, organisation=organisation, note=note
            )
            await auth.sign_up(draft, address=HERE)
    invitation = auth.InvitationDraft(
        email="tomas@lumen.example", name="Tomas Reed", organisation_id=LUMEN, roles=(Role.SUPPLIER,)
    )
    if not (await auth.invitations(admin, search=invitation.email, size=1)).total:
        await auth.invite(admin, invitation)
