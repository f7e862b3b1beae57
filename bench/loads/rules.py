"""The lab's rules, published with one coating more and taken back again, so that the catalog changes each time."""

from __future__ import annotations

import time
from typing import Any

import httpx

NIGHT = {"id": "ar-night", "name": "AR Nightdrive", "group": "ar", "needs": ["hard"], "minutes": 700, "station": "AR"}
PRICE_MINOR = 2900


class RulesOfTheLab:
    """Changes them to and fro."""

    def __init__(self, lims: httpx.AsyncClient, before: dict[str, Any]) -> None:
        self._lims, self._before, self._changed = lims, before, False

    @classmethod
    async def of(cls, lims: httpx.AsyncClient) -> RulesOfTheLab:
        """The rules that are published now are those it goes back to."""
        version = (await lims.get("/rules", params={"state": "published"})).json()[0]["version"]
        return cls(lims, (await lims.get(f"/rules/{version}")).json())

    async def change(self) -> float:
        """Publish the other rules; the moment at which that was asked for, in seconds of `time.time()`."""
        if self._changed:
            asked = f"/rules/{self._before['version']}/rollback"
        else:
            draft = {"basedOn": self._before["version"], "rules": self._with_night(), "note": "bench"}
            version = (await self._lims.post("/rules", json=draft)).raise_for_status().json()["version"]
            asked = f"/rules/{version}/publish"
        self._changed = not self._changed
        began = time.time()
        (await self._lims.post(asked)).raise_for_status()
        return began

    def _with_night(self) -> dict[str, Any]:
        rules = self._before["rules"]
        prices = {**rules["prices"], "treatments": {**rules["prices"]["treatments"], "ar-night": PRICE_MINOR}}
        return {**rules, "treatments": [*rules["treatments"], NIGHT], "prices": prices}
