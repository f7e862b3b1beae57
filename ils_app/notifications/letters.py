"""A notice as a letter: the same words as text and as HTML, under the organisation's name, with where to go on."""

from html import escape
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from ils_app.kernel import config
from ils_app.settings.schemas import Letterhead

SETTINGS = "/settings"
INK, QUIET, LINE, ACCENT, GROUND = "#1a2027", "#5b6570", "#dfe3e8", "#0b6e75", "#f4f6f8"


class Letter(BaseModel):
    """What is said, and how it is led on; nothing of it is HTML."""

    model_config = ConfigDict(frozen=True)

    to_name: str
    title: str
    text: str  # paragraphs, separated by an empty line
    link: str = ""  # a whole address
    attached: tuple[str, ...] = ()  # names of files that go along
    settings_url: str = ""  # "" when the reader has no say in it


def address(href: str) -> str:
    """The whole address of a page of ours, "" for none.

    >>> address("")
    ''
    """
    return config.current().public_url + quote(href, safe="/?&=#%-._~:+,@") if href else ""


def as_text(letter: Letter, letterhead: Letterhead) -> str:
    """The plain twin: every word of the HTML, and every link."""
    parts = [f"Dear {letter.to_name}," if letter.to_name else "", letter.title, *_paragraphs(letter.text)]
    if letter.link:
        parts.append(f"Open it in ILS:\n{letter.link}")
    if letter.attached:
        parts.append("Attached: " + ", ".join(letter.attached))
    parts.append("-- \n" + "\n".join(_signature(letterhead)))
    if letter.settings_url:
        parts.append(f"Choose what is mailed to you: {letter.settings_url}")
    return "\n\n".join(part for part in parts if part) + "\n"


def as_html(letter: Letter, letterhead: Letterhead) -> str:
    """A letter any mail reader can draw: one column, styles in place, no picture and nothing fetched."""
    body = [_p(f"Dear {letter.to_name},")] if letter.to_name else []
    body.append(f'<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3;color:{INK}">{escape(letter.title)}</h1>')
    body += [_p(paragraph) for paragraph in _paragraphs(letter.text)]
    if letter.link:
        body.append(_button(letter.link))
    if letter.attached:
        body.append(_p("Attached: " + ", ".join(letter.attached), quiet=True))
    foot = "<br>".join(escape(line) for line in _signature(letterhead))
    if letter.settings_url:
        link = f'<a href="{escape(letter.settings_url)}" style="color:{QUIET}">Choose what is mailed to you</a>'
        foot += f"<br><br>{link}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light"><title>{escape(letter.title)}</title></head>'
        f'<body style="margin:0;padding:24px 12px;background:{GROUND};'
        "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">"
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:560px;background:#ffffff;border:1px solid {LINE};border-radius:8px">'
        f'<tr><td style="padding:18px 28px;border-bottom:1px solid {LINE};font-size:15px;font-weight:600;'
        f'color:{ACCENT}">{escape(letterhead.name)}</td></tr>'
        f'<tr><td style="padding:26px 28px 14px">{"".join(body)}</td></tr>'
        f'<tr><td style="padding:16px 28px 22px;border-top:1px solid {LINE};font-size:12px;line-height:1.5;'
        f'color:{QUIET}">{foot}</td></tr></table></td></tr></table></body></html>'
    )


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split("\n")).strip() for part in text.split("\n\n") if part.strip()]


def _signature(letterhead: Letterhead) -> list[str]:
    reach = " · ".join(letterhead.contacts)
    return [line for line in (letterhead.name, ", ".join(letterhead.lines), reach) if line]


def _p(words: str, *, quiet: bool = False) -> str:
    colour, size = (QUIET, 13) if quiet else (INK, 15)
    return f'<p style="margin:0 0 14px;font-size:{size}px;line-height:1.55;color:{colour}">{escape(words)}</p>'


def _button(link: str) -> str:
    """A button that is a plain link, with the address itself below for readers that show neither."""
    href = escape(link)
    return (
        f'<p style="margin:22px 0 8px"><a href="{href}" style="display:inline-block;padding:11px 20px;'
        f"background:{ACCENT};color:#ffffff;font-size:15px;font-weight:600;text-decoration:none;"
        'border-radius:6px">Open it in ILS</a></p>'
        f'<p style="margin:0 0 14px;font-size:12px;line-height:1.5;color:{QUIET};word-break:break-all">{href}</p>'
    )
