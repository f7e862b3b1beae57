"""The theme holds: tokens written out, contrast, status colours apart, and no class without a look."""

import itertools
import re
from pathlib import Path

import pytest

from ils_app.orders.schemas import OrderStatus
from ils_app.ui import feedback, theme
from lims_client.models.jobs import JobStatus

CSS = (theme.TOKENS_CSS.parent / "ils.css").read_text(encoding="utf-8")
SCRIPT = (theme.TOKENS_CSS.parent / "ils.js").read_text(encoding="utf-8")
UI = Path(theme.__file__).parent
SCHEMES = {"light": theme.LIGHT, "dark": theme.DARK}
# ink on ground, as the pages use them; 4.5:1 is WCAG AA for words of work size
WORDS = [
    *[(ink, ground) for ink in ("ink", "mute", "faint", "accent") for ground in ("bg", "panel", "raised")],
    *[(ink, "hover") for ink in ("ink", "mute")],
    *[(ink, "accent-soft") for ink in ("ink", "mute", "accent", "bad")],
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("panel", "bad"),
    ("panel", "info"),
    *[(tone, f"{tone}-soft") for tone in theme.TONES],
    *[(tone, ground) for tone in theme.TONES for ground in ("bg", "panel")],
    *[("ink", f"{tone}-soft") for tone in theme.TONES],
]
# How each kind of colour-blind eye sees linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def seen_by(eye: str, colour: str) -> tuple[float, float, float]:
    """The colour as CIE L*a*b* after that eye."""
    rgb = linear(colour)
    red, green, blue = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in EYES[eye])
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_the_stylesheet_of_tokens_is_the_one_the_theme_writes():
    assert theme.TOKENS_CSS.read_text(encoding="utf-8") == theme.tokens_css()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_stand_out_from_their_ground_as_wcag_aa_asks(scheme: str):
    tokens = SCHEMES[scheme]
    weak = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in WORDS}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_edge_of_a_field_and_the_ring_of_focus_can_be_seen(scheme: str):
    tokens = SCHEMES[scheme]
    assert contrast(tokens["field-line"], tokens["panel"]) >= 3
    assert min(contrast(tokens["accent"], tokens[ground]) for ground in ("bg", "panel")) >= 3


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_six_status_colours_stay_apart_for_every_eye(scheme: str, eye: str):
    seen = {tone: seen_by(eye, SCHEMES[scheme][tone]) for tone in theme.TONES}
    apart = {
        pair: sum((a - b) ** 2 for a, b in zip(seen[pair[0]], seen[pair[1]], strict=True)) ** 0.5
        for pair in itertools.combinations(theme.TONES, 2)
    }
    assert {pair: round(distance, 1) for pair, distance in apart.items() if distance < 13} == {}


def test_both_schemes_name_the_same_tokens():
    assert theme.LIGHT.keys() == theme.DARK.keys()


def test_every_class_the_ui_writes_has_a_look():
    written = "".join(path.read_text(encoding="utf-8") for path in UI.glob("*.py"))
    names = set(re.findall(r'(?<=["\s])ils-[a-z][a-z0-9-]*[a-z0-9](?=["\s])', written))
    own_elements = set(re.findall(r'customElements.define\("([a-z-]+)"', SCRIPT))
    assert {name for name in names - own_elements if f".{name}" not in CSS} == set()


def test_every_variable_the_stylesheet_reads_is_a_token():
    read = set(re.findall(r"var\(--([a-z][a-z0-9-]*)", CSS))
    given = set(theme.SHARED) | set(theme.LIGHT) | {"age", "age-tone"}
    assert read - given == set()


def test_every_status_an_order_can_have_is_told_by_icon_and_word():
    assert {status.value for status in OrderStatus} <= feedback.ORDER_STATUSES.keys()
    assert {status.value for status in JobStatus} <= feedback.JOB_STATUSES.keys()
