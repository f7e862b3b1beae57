"""An order placed by a practice's program, over HTTP."""

import httpx

from ils_app.kernel.roles import Role
from tests.support.world import World

ORDER = {
    "reference": "From a program",
    "prescription": {"od_sphere": "-2.00", "od_axis": 90, "od_cylinder": "-0.50", "od_pd": "31.5", "os_sphere": "-1.75",
                     "os_pd": "31.5"},
    "lens_type": "single_vision", "design": "sv-sph", "material": "150", "coatings": ["hc", "ar-std"],
    "frame": {"type": "full_rim", "a": "52", "b": "36", "dbl": "18", "ed": "55", "status": "supplied"},
}  # fmt: skip


def place(url: str, world: World, **headers: str) -> httpx.Response:
    """Place an order as the practice's program."""
    return _post(url, world.tokens[Role.ECP], {"patient_id": str(world.mill.patient_id)}, headers)


def place_for_another(url: str, world: World) -> httpx.Response:
    """Have the lab place an order for the other practice, of which nobody at the first is told."""
    whose = {"practice_id": str(world.harbour.id), "patient_id": str(world.harbour.patient_id)}
    return _post(url, world.tokens[Role.LAB], whose, {})


def _post(url: str, token: str, whose: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", **headers}
    return httpx.post(f"{url}/api/v1/orders", json={**ORDER, **whose}, headers=headers, timeout=60, trust_env=False)
