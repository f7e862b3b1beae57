"""The least code that gets two shapes out of a VCA file and draws them: no checks, no lost bytes minded, no numpy."""

from __future__ import annotations

import math

Shape = list[tuple[float, float]]


def read(text: str) -> dict[str, tuple[Shape, float, float, float]]:
    """Points, A, B and circumference of each eye."""
    radii: dict[str, list[float]] = {}
    side = ""
    for line in text.splitlines():
        label, _, value = line.partition("=")
        if label == "TRCFMT":
            side = value.split(";")[3]
        elif label == "R":
            radii.setdefault(side, []).extend(int(one) / 100 for one in value.split(";"))
    return {eye: _measured(of_eye) for eye, of_eye in radii.items()}


def _measured(radii: list[float]) -> tuple[Shape, float, float, float]:
    points = []
    for at, radius in enumerate(radii):
        angle = math.tau * at / len(radii)
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    girth = sum(math.dist(points[at - 1], points[at]) for at in range(len(points)))
    return points, max(xs) - min(xs), max(ys) - min(ys), girth


def draw(shapes: dict[str, tuple[Shape, float, float, float]]) -> str:
    """Both outlines as SVG polygons."""
    outlines = [" ".join(f"{x:.2f},{-y:.2f}" for x, y in points) for points, *_ in shapes.values()]
    return "<svg>" + "".join(f'<polygon points="{one}"/>' for one in outlines) + "</svg>"
