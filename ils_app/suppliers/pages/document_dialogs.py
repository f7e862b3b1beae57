"""The dialogs of the library: a document with its versions, and the forms a supplier fills in."""

from typing import Any

import reflex as rx

from ils_app.suppliers.service import DocumentKind
from ils_app.ui import buttons, dialogs, fields, layout, times

UPLOAD = "document-file"
ACCEPT = {
    "application/pdf": [".pdf"], "image/png": [".png"], "image/jpeg": [".jpg", ".jpeg"],
    "text/plain": [".txt", ".csv", ".md"],
}  # fmt: skip
KINDS = [fields.Option("", "Choose what it is"), *(fields.Option(one.value, one.label) for one in DocumentKind)]


def document_dialogs(state: Any) -> rx.Component:
    """All of them; each is shown while the state says so."""
    return rx.fragment(_opened(state), _add(state), _version(state), _rename(state), _withdraw(state))


def _opened(state: Any) -> rx.Component:
    one = state.shown

    def version(row: Any) -> rx.Component:
        return layout.row(
            layout.stack(
                layout.row(layout.strong(row.number), layout.muted(row.valid)),
                layout.muted(row.name, " · ", row.who, " · ", times.ago(row.at)),
                gap="s",
            ),
            buttons.download_link("Download", row.href, aria_label=f"Download {row.number}"),
            spread=True,
            key=row.id,
        )  # fmt: skip

    acts = layout.actions(
        buttons.button("New version", icon="file-up", kind="primary", on_click=state.ask("version")),
        buttons.button("Rename", icon="pencil", on_click=state.ask("rename")),
        buttons.button("Withdraw", icon="archive", kind="quiet", on_click=state.ask("withdraw")),
    )
    return dialogs.dialog(
        layout.stack(
            layout.stack(rx.foreach(state.versions, version), gap="m"), rx.cond(state.may_write, acts), gap="m"
        ),
        opened=state.opened, title=one.title, intro=rx.fragment(one.kind, " · ", one.supplier, " · ", one.state),
        on_close=state.shut,
    )  # fmt: skip


def _file(state: Any) -> rx.Component:
    return layout.stack(
        fields.file_drop(
            UPLOAD,
            rx.cond(state.held != "", state.held, "Drop the file here, or choose it"),
            on_drop=state.take(rx.upload_files(upload_id=UPLOAD)),
            accept=ACCEPT,
            hint=rx.cond(
                state.held != "", "Drop another to take its place", "PDF, PNG, JPEG or plain text, up to 10 MB"
            ),
        ),
        fields.field_problem("file", state.problems["file"]),
        gap="s",
    )  # fmt: skip


def _until(state: Any) -> rx.Component:
    return fields.date_field(
        "valid_until", "Its last day", problem=state.problems["valid_until"], epoch=state.epoch,
        hint="Left empty: it does not end. Both sides are reminded 30 and 7 days before.",
    )  # fmt: skip


def _name(state: Any) -> tuple[rx.Component, rx.Component]:
    return (
        fields.text_field("title", "What it is called", default=state.start["title"], problem=state.problems["title"],
                          epoch=state.epoch),
        fields.select_field("kind", "What it is", KINDS, default=state.start["kind"], problem=state.problems["kind"],
                            epoch=state.epoch),
    )  # fmt: skip


def _add(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(_file(state), *_name(state), _until(state), fields.submit_button("Put it up"), gap="m"),
            on_submit=state.add,
        ),
        opened=state.asking == "add", title="A new document", on_close=state.leave,
    )  # fmt: skip


def _version(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(_file(state), _until(state), fields.submit_button("Put up the new version"), gap="m"),
            on_submit=state.add_version,
        ),
        opened=state.asking == "version", title=rx.fragment("A new version of ", state.shown.title),
        on_close=state.leave, intro="The older versions are kept.",
    )  # fmt: skip


def _rename(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(layout.stack(*_name(state), fields.submit_button("Save"), gap="m"), on_submit=state.rename),
        opened=state.asking == "rename", title=rx.fragment("Rename ", state.shown.title), on_close=state.leave,
    )  # fmt: skip


def _withdraw(state: Any) -> rx.Component:
    return dialogs.confirm_dialog(
        "The lab is no longer to rely on it. It is kept among the withdrawn ones.",
        opened=state.asking == "withdraw", title=rx.fragment("Withdraw ", state.shown.title, "?"),
        confirm="Withdraw it", on_confirm=state.withdraw, on_cancel=state.leave, danger=True,
    )  # fmt: skip
