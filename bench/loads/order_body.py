"""The order everybody places in the bench: one the lab makes as it is."""

from __future__ import annotations

from typing import Any


def order_body(patient_id: str, reference: str) -> dict[str, Any]:
    """The order as `POST /api/v1/orders` takes it."""
    return {
        "patient_id": patient_id,
        "reference": reference,
        "prescription": {
            "od_sphere": "-2.00", "od_cylinder": "-0.50", "od_axis": 90, "od_pd": "31.5", "os_sphere": "-1.75",
            "os_pd": "31.5",
        },
        "lens_type": "single_vision",
        "design": "sv-sph",
        "material": "150",
        "coatings": ["hc", "ar-std"],
        "frame": {"type": "full_rim", "a": "52", "b": "36", "dbl": "18", "ed": "55", "status": "supplied"},
    }  # fmt: skip
