"""The sandbox's page as HTML: everything that comes from outside is escaped, nothing comes from elsewhere."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from lims_client.sandbox.control import Control, OutageMode
from lims_client.sandbox.lab import Lab

JOBS_SHOWN = 60
DELIVERIES_SHOWN = 12
STATUS_WORDS = {
    "queued": "Queued", "in_production": "In production", "quality_check": "Quality check",
    "ready_for_shipping": "Packed", "shipped": "Shipped", "completed": "Completed", "on_hold": "On hold",
    "failed": "Failed", "cancelled": "Cancelled",
}  # fmt: skip
MOVING = ("queued", "in_production", "quality_check", "ready_for_shipping", "shipped")
SPEEDS = (1, 60, 600, 3600)
_SCROLL = '<div class="scroll" tabindex="0" role="region" aria-label="{}">'


@cache
def resource(name: str) -> str:
    """A file that lies beside this module."""
    return files(__package__).joinpath(name).read_text("utf-8")


def whole_page(lab: Lab) -> str:
    """The page with its jobs and buttons."""
    return _document(f'<main id="live">{live_part(lab)}</main><script src="/sandbox/page.js" defer></script>')


def sign_in_page(wrong: bool) -> str:
    """The key is asked for when the sandbox listens on more than loopback."""
    said = '<p class="bad" role="alert">That is not the key.</p>' if wrong else ""
    return _document(
        f'<main><section>{said}<form method="post" action="/sandbox/page/sign-in"><label for="key">API key of this '
        'sandbox</label><div class="buttons"><input id="key" name="key" type="password" autocomplete="off" required>'
        '<button class="main">Open</button></div></form></section></main>'
    )


def _document(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>LIMS sandbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/sandbox/page.css"></head><body><header><h1>LIMS sandbox</h1>'
        '<p class="lead">A lab to develop against: its jobs, its time, and the troubles it can make.</p></header>'
        f"{body}</body></html>"
    )


def live_part(lab: Lab) -> str:
    """What changes: state, buttons, counts, jobs, deliveries."""
    control = lab.control.now
    return (
        f'<div class="panels">{_time(control, lab)}{_trouble(control)}</div>'
        f"<section><h2>Jobs</h2>{_counts(lab)}</section>"
        f"<section><h2>Changed last</h2>{_jobs(lab)}</section>"
        f"<section><h2>Webhooks</h2>{_webhooks(lab)}</section>"
    )


def _button(name: str, words: str, *, kind: str = "", job: str = "") -> str:
    hidden = f'<input type="hidden" name="job" value="{escape(job)}">' if job else ""
    label = f' aria-label="{escape(words)} {escape(job)}"' if job else ""
    pressed = ' aria-pressed="true"' if "on" in kind.split() else ""
    return (
        f'<form method="post" action="/sandbox/page/press"><input type="hidden" name="do" value="{name}">{hidden}'
        f'<button id="press-{name}{escape(job)}" class="{kind}"{label}{pressed}>{escape(words)}</button></form>'
    )


def _time(control: Control, lab: Lab) -> str:
    running = "paused" if control.paused else f"running {control.speed:g} times as fast as real time"
    speeds = "".join(
        _button(
            f"speed-{speed}",
            "Real time" if speed == 1 else f"{speed:,} times",
            kind="on" if control.speed == speed and not control.paused else "",
        )
        for speed in SPEEDS
    )
    go = _button("go", "Go on") if control.paused else _button("pause", "Pause")
    return (
        f'<section><h2>Time in the lab</h2><p class="state {"warn" if control.paused else "good"}">Production is '
        f'{running}.</p><div class="buttons">{_button("move-all", "Move all", kind="main")}{go}{speeds}</div>'
        f'<p class="soft">Rules in force: version {escape(lab.rule_sets.published.version)}.</p></section>'
    )


def _trouble(control: Control) -> str:
    html = control.outage_mode is OutageMode.HTML
    troubles = []
    if control.away:
        left = "until further notice" if control.outage_open else f"for {control.outage_seconds():.0f} s more"
        troubles.append(f"{'answering HTML 502' if html else 'down'} {left}")
    if control.latency_ms:
        troubles.append(f"{control.latency_ms:g} ms slow")
    if control.error_rate:
        troubles.append(f"failing {control.error_rate:.0%} of calls")
    if control.duplicate_rate:
        troubles.append(f"sending {control.duplicate_rate:.0%} of webhooks twice")
    if control.reorder:
        troubles.append("sending webhooks out of order")
    words = f"The LIMS is {', '.join(troubles)}." if troubles else "The LIMS answers as it should."
    buttons = (
        _button("down", "Down for a minute", kind="on" if control.away and not html else ""),
        _button("html", "HTML 502 for a minute", kind="on" if control.away and html else ""),
        _button("slow", "Slow: 2 s an answer", kind="on" if control.latency_ms else ""),
        _button("errors", "One call in five fails", kind="on" if control.error_rate else ""),
        _button("doubled", "Doubled webhooks", kind="on" if control.duplicate_rate else ""),
        _button("reorder", "Webhooks out of order", kind="on" if control.reorder else ""),
        _button("well", "All well again", kind="main" if troubles else ""),
    )
    return (
        f'<section><h2>Trouble</h2><p id="state" class="state {"bad" if troubles else "good"}" role="status">'
        f'{escape(words)}</p><div class="buttons">{"".join(buttons)}</div></section>'
    )


def _counts(lab: Lab) -> str:
    counts = lab.jobs.counts()
    lines = "".join(f"<li><b>{counts[name]}</b>{words}</li>" for name, words in STATUS_WORDS.items())
    return f'<ul class="counts">{lines}</ul>'


def _jobs(lab: Lab) -> str:
    jobs = lab.jobs.latest(JOBS_SHOWN)
    if not jobs:
        return '<p class="empty">No job yet. Place an order, or create one through the API.</p>'
    heads = ("Job", "Order", "Account", "Status", "Where", "Promised", "Changed", "Next")
    return (
        f"{_SCROLL.format('Jobs')}<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{''.join(_job_line(lab, job) for job in jobs)}</tbody></table></div>"
    )


def _job_line(lab: Lab, job: dict[str, Any]) -> str:
    where = f"Place {job['queuePosition']} in the queue" if "queuePosition" in job else job.get("station", "")
    where = job.get("reason") or job.get("trackingNumber") or where
    tone = {"on_hold": "warn", "failed": "bad", "completed": "good"}.get(job["status"], "")
    move = _button("move", "Move", kind="small", job=job["jobId"]) if job["status"] in MOVING else ""
    cells = (
        f"<td>{escape(job['jobId'])}</td><td>{escape(job.get('orderNumber', ''))}</td>"
        f"<td>{escape(job.get('accountNumber', ''))}</td>"
        f'<td class="state {tone}">{STATUS_WORDS[job["status"]]}</td><td class="wide soft">{escape(str(where))}</td>'
        f"<td>{_when(lab, job.get('estimatedCompletionDate'), '%a %d %b')}</td>"
        f'<td class="soft">{_when(lab, job["timestamp"], "%d %b %H:%M:%S")}</td><td>{move}</td>'
    )
    return f"<tr>{cells}</tr>"


def _when(lab: Lab, text: str | None, shape: str) -> str:
    return "" if text is None else datetime.fromisoformat(text).astimezone(lab.settings.zone).strftime(shape)


def _webhooks(lab: Lab) -> str:
    known = lab.outbox.registered()
    who = "".join(
        f"<li>{escape(one['url'])} <span class='soft'>{escape(', '.join(one['events']))}</span></li>" for one in known
    )
    listed = f"<ul>{who}</ul>" if known else '<p class="empty">Nobody has registered for webhooks.</p>'
    rows = "".join(
        f"<tr><td>{escape(one['type'])}</td><td>{escape(one['subject'])}</td>"
        f'<td class="{"good" if one["state"] == "delivered" else "bad" if one["attempts"] else "soft"}">'
        f"{escape(one['state'])}</td><td>{one['attempts']}</td><td>{escape(one['outcome'] or '')}</td>"
        f'<td class="soft">{_when(lab, one["createdAt"], "%d %b %H:%M:%S")}</td></tr>'
        for one in lab.outbox.deliveries(DELIVERIES_SHOWN)
    )
    heads = "".join(f"<th>{head}</th>" for head in ("Event", "About", "State", "Tries", "Answer", "Since"))
    table = (
        f"{_SCROLL.format('Deliveries')}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else ""
    )
    waiting = lab.outbox.pending()
    hurry = f'<p class="buttons">{_button("hurry", f"Try the {waiting} waiting now")}</p>' if waiting else ""
    return listed + table + hurry
