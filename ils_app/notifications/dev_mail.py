"""`/dev/mail`: outside production, on this machine alone, the mails that would have left, as their readers would."""

from html import escape
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from ils_app.kernel import mail_sink
from ils_app.kernel.errors import NotFound
from ils_app.kernel.mail_sink import KeptMail
from ils_app.kernel.this_machine import only_here

PLACE: Final = "/dev/mail"
LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""What a mail may do inside its frame: be looked at, and open its links in a tab of their own."""

AS_FILE: Final = {"application/pdf", "image/png", "image/jpeg", "text/plain"}
"""What a browser may show itself; everything else is saved."""

STYLE: Final = """
body { font: 400 14px/20px var(--sans); color: var(--ink); }
main { max-width: 1080px; margin: 0 auto; padding: 28px 16px 48px; }
h1 { font: 650 20px/28px var(--sans); margin: 12px 0 4px; overflow-wrap: anywhere; }
a { color: var(--accent); }
.quiet { color: var(--mute); font-size: 13px; margin: 0 0 20px; }
.box { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 20px;
  overflow: hidden; }
.line { display: grid; grid-template-columns: 150px minmax(0, 1fr) minmax(0, 2fr); gap: 16px; padding: 11px 16px;
  border-top: 1px solid var(--line-soft); color: inherit; text-decoration: none; align-items: baseline; }
.line:first-child { border-top: 0; } .line:hover { background: var(--hover); }
.line span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.line span + span + span { font-weight: 580; }
.none { padding: 40px 16px; text-align: center; color: var(--mute); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 0; padding: 14px 16px;
  font-size: 13px; }
dt { color: var(--mute); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { display: block; width: 100%; height: 640px; border: 0; background: #fff; }
h2 { font: 600 13px/20px var(--sans); margin: 0; padding: 11px 16px; border-bottom: 1px solid var(--line-soft); }
pre { margin: 0; padding: 14px 16px; font: 400 13px/20px var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.files { display: flex; flex-wrap: wrap; gap: 8px; padding: 12px 16px; margin: 0; list-style: none; }
@media (max-width: 640px) { .line { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .line span { white-space: normal; } }
"""

router = APIRouter(include_in_schema=False, dependencies=[Depends(only_here)])
"""Mails hold links that let their readers in: nobody reads them from elsewhere."""


@router.get(PLACE)
async def mails() -> HTMLResponse:
    """The newest mails."""
    found = await mail_sink.kept()
    lines = "".join(
        f'<a class="line" href="{PLACE}/{escape(mail.id)}"><span class="quiet" style="margin:0">{_moment(mail)}</span>'
        f"<span>{escape(mail.to)}</span><span>{escape(mail.subject)}</span></a>"
        for mail in found
    )
    empty = '<p class="none">No mail yet. Place an order, or invite somebody: what would be mailed stands here.</p>'
    intro = "Nothing leaves this machine while no mail provider is set; what would have left stands here, newest first."
    return _page("Mail", f'<h1>Mail</h1><p class="quiet">{intro}</p><div class="box">{lines or empty}</div>')


@router.get(PLACE + "/{mail_id}")
async def mail(mail_id: str) -> HTMLResponse:
    """One mail: its head, as HTML, as text, and what is attached."""
    found = await mail_sink.one(mail_id)
    here = f"{PLACE}/{escape(found.id)}"
    head = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in found.headers)
    files = "".join(
        f'<li><a href="{here}/attachments/{place}">{escape(file.name)}</a> '
        f'<span class="quiet">{len(file.body) / 1000:.0f} kB</span></li>'
        for place, file in enumerate(found.attachments)
    )
    attached = f'<section class="box"><h2>Attached</h2><ul class="files">{files}</ul></section>' if files else ""
    return _page(
        found.subject,
        f'<a href="{PLACE}">All mail</a><h1>{escape(found.subject)}</h1>'
        f'<p class="quiet">To {escape(found.to)} · {_moment(found)}</p>{attached}'
        f'<section class="box"><h2>As a mail reader shows it</h2><iframe src="{here}/html" title="The mail"></iframe>'
        f'</section><section class="box"><h2>As text</h2><pre tabindex="0">{escape(found.text)}</pre></section>'
        f'<section class="box"><h2>Head</h2><dl>{head}</dl></section>',
    )


@router.get(PLACE + "/{mail_id}/html")
async def mail_html(mail_id: str) -> HTMLResponse:
    """The HTML part by itself, for the frame of the page above and for no other site's."""
    headers = {"content-security-policy": LETTER_POLICY, "x-frame-options": "SAMEORIGIN"}
    html = (await mail_sink.one(mail_id)).html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(html, headers=headers)


@router.get(PLACE + "/{mail_id}/attachments/{place}")
async def attachment(mail_id: str, place: int) -> Response:
    """What was attached, shown where a browser can show it and saved where it cannot."""
    files = (await mail_sink.one(mail_id)).attachments
    if not 0 <= place < len(files):
        raise NotFound("There is no such attachment.")
    file = files[place]
    shown = file.content_type if file.content_type in AS_FILE else "application/octet-stream"
    way = "inline" if shown == file.content_type else "attachment"
    return Response(
        file.body, media_type=shown, headers={"content-disposition": f"{way}; filename*=UTF-8''{quote(file.name)}"}
    )


def _moment(mail: KeptMail) -> str:
    return f"{mail.at:%d %b %Y %H:%M:%S}"


def _page(title: str, body: str) -> HTMLResponse:
    """A page with our look; the same files and the same Content-Security-Policy as every other."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><script src="/ils.js"></script>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>{escape(title)} · ILS</title><link rel="icon" href="/favicon.svg">'
        '<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/ils.css">'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
