"""The one theme: colours, type and spacing as tokens, written out as CSS variables for light and dark.

`assets/tokens.css` is written from this file (`python -m ils_app.ui.theme`); a test holds the two together, and holds
every pair of text and ground to WCAG AA and the six status colours apart for colour-blind eyes.
"""

from __future__ import annotations

from pathlib import Path

import reflex as rx

STYLESHEETS = ["/tokens.css", "/ils.css"]
SCRIPT = "/ils.js"
TOKENS_CSS = Path(__file__).parents[2] / "assets" / "tokens.css"

# Six status colours, each with a soft ground. Never used without an icon and a word.
TONES = ("ok", "info", "warn", "bad", "hold", "idle")

LIGHT: dict[str, str] = {
    "bg": "#f6f7f8",
    "panel": "#ffffff",
    "raised": "#ffffff",
    "hover": "#eef1f3",
    "ink": "#14181d",
    "mute": "#59636e",
    "faint": "#666f7a",  # the palest ink that may carry a word
    "line": "#e0e4e8",
    "line-soft": "#eceff2",
    "field-line": "#878f99",  # 3:1 against the panel: a field's edge must be seen
    "accent": "#0b6e6e",
    "accent-strong": "#095a5a",
    "accent-ink": "#ffffff",
    "accent-soft": "#e3f1f0",
    "ok": "#0f7450",
    "ok-soft": "#e0f3ea",
    "info": "#1d4fd8",
    "info-soft": "#e4ecfc",
    "warn": "#8b5c06",
    "warn-soft": "#faf0d9",
    "bad": "#98101a",
    "bad-soft": "#fae6e5",
    "hold": "#6d1a96",
    "hold-soft": "#f2e6f8",
    "idle": "#4d5661",
    "idle-soft": "#e9ecef",
    "shade": "rgb(20 24 29 / 0.05)",
    "veil": "rgb(20 24 29 / 0.4)",
}

DARK: dict[str, str] = {
    "bg": "#0f1215",
    "panel": "#171b20",
    "raised": "#1d2228",
    "hover": "#1f252b",
    "ink": "#e8ebee",
    "mute": "#98a2ad",
    "faint": "#8a949f",
    "line": "#272d34",
    "line-soft": "#20262c",
    "field-line": "#6b7580",
    "accent": "#4cc0b8",
    "accent-strong": "#6fd3cc",
    "accent-ink": "#06201f",
    "accent-soft": "#14312f",
    "ok": "#7fe8b4",
    "ok-soft": "#14322a",
    "info": "#a9caff",
    "info-soft": "#1b2a48",
    "warn": "#fcc949",
    "warn-soft": "#372b11",
    "bad": "#ff8a7d",
    "bad-soft": "#3d201d",
    "hold": "#cf7df5",
    "hold-soft": "#33203f",
    "idle": "#98a2ad",
    "idle-soft": "#272d34",
    "shade": "rgb(0 0 0 / 0.4)",
    "veil": "rgb(0 0 0 / 0.6)",
}

SHARED: dict[str, str] = {
    "sans": '"Inter Variable", system-ui, sans-serif',
    "mono": '"JetBrains Mono Variable", ui-monospace, monospace',
    # three sizes for work, two for titles
    "text-s": "12px",
    "text-m": "13px",
    "text-l": "14px",
    "title-m": "15px",
    "title-l": "20px",
    # a 4 px grid
    "s1": "4px",
    "s2": "8px",
    "s3": "12px",
    "s4": "16px",
    "s5": "20px",
    "s6": "24px",
    "s8": "32px",
    "r-s": "6px",
    "r-m": "8px",
    "r-l": "10px",
    "rail": "200px",
    "top": "52px",
    "row": "36px",
}


def tokens_css() -> str:
    """The tokens as CSS variables: light on the root, dark where Radix puts its `dark` class."""

    def block(selector: str, scheme: str, tokens: dict[str, str]) -> str:
        body = "\n".join(f"  --{name}: {value};" for name, value in tokens.items())
        return f"{selector} {{\n  color-scheme: {scheme};\n{body}\n}}\n"

    head = "/* Written from ils_app/ui/theme.py by `python -m ils_app.ui.theme`; change it there. */\n"
    return head + block(":root", "light", {**SHARED, **LIGHT}) + block(":root.dark", "dark", DARK)


def theme() -> rx.Component:
    """What `rxconfig.py` gives to `rx.plugins.RadixThemesPlugin(theme=...)`; `ils.css` maps its scale to ours."""
    return rx.theme(accent_color="teal", gray_color="slate", radius="medium", scaling="95%", has_background=False)


if __name__ == "__main__":
    TOKENS_CSS.write_text(tokens_css(), encoding="utf-8")
