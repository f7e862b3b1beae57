"""How the order form is laid out: patient and prescription, lens, and what comes of it."""

from typing import Any

import reflex as rx

from ils_app.orders.pages import form_view
from ils_app.patients.pages.picker import chosen_patient, patient_picker
from ils_app.ui import buttons, choices, dialogs, feedback, fields, findings, layout, rx_fields, times
from ils_app.ui.page import frame
from ils_app.ui.rx_fields import BASES, RxColumn

TRACE_FILES = {"application/octet-stream": [".oma", ".vca", ".dat", ".trc", ".fil", ".tr"]}
SECOND_PRISM = (
    RxColumn("prism_2", "2nd prism", "second prism", "prism"),
    RxColumn("base_2", "Base", "base of the second prism", "base", BASES),
)
A_LENS = "prices a lens"
EYES = (
    fields.Option("both", "Both eyes"),
    fields.Option("right", "Right eye only"),
    fields.Option("left", "Left eye only"),
)


def form_page(state: Any, patient: Any) -> rx.Component:
    """The whole page; `state` is the form's state class, `patient` that of the patient's picker."""
    return frame(
        layout.stack(
            _cannot(state),
            _conflict(state),
            _unfinished(state),
            fields.form(
                layout.columns(
                    layout.stack(_patient(state, patient), _prescription(state), _frame(state)),
                    layout.stack(_lens(state)),
                    _particulars(state),  # below the frame, but seldom needed: the hand comes by the lens first
                    _result(state),
                    shape="order",
                ),
                on_submit=state.submit,
                data_journal="order",
                custom_attrs={"inert": state.sending},
            ),
        ),
        layout.address(state.draft_url),
        title="New order",
        subtitle=_saved(state),
        actions=_actions(state),
        shortcuts=dialogs.RX_ENTRY,
        banner=rx.cond(
            state.lab_closed != "", feedback.banner("idle", state.lab_closed, " You can order all the same.")
        ),
    )


def _saved(state: Any) -> rx.Component:
    saved = rx.cond(state.saved_at != "", rx.fragment("draft saved ", times.ago(state.saved_at)), "not begun")
    origin = rx.cond(state.origin != "", rx.fragment(" · ", state.origin), "")
    return rx.el.span(rx.cond(state.saving != "", state.saving, saved), origin, role="status")


def _actions(state: Any) -> rx.Component:
    return rx.cond(
        state.saved_at != "",
        rx.fragment(
            buttons.button("Throw away", icon="trash-2", on_click=state.ask_to_throw_away),
            dialogs.confirm_dialog(
                "Everything entered in it is lost. Nothing was sent to the lab.",
                opened=state.asking,
                title="Throw this draft away?",
                confirm="Throw away",
                on_confirm=state.throw_away,
                on_cancel=state.keep,
                danger=True,
                cancel="Keep it",
            ),
        ),
    )


def _cannot(state: Any) -> rx.Component:
    return rx.cond(state.cannot_order != "", feedback.callout("warn", "Not yet able to order", state.cannot_order))


def _conflict(state: Any) -> rx.Component:
    return rx.cond(
        state.conflict,
        feedback.callout(
            "warn",
            "This draft was changed elsewhere.",
            "Another tab or a colleague saved it since you opened it.",
            action=layout.actions(
                buttons.button("Keep mine", on_click=state.keep_mine),
                buttons.button("Take theirs", on_click=state.take_theirs, data_forget="true"),
            ),
        ),
    )


def _unfinished(state: Any) -> rx.Component:
    drafts = rx.foreach(
        state.unfinished,
        lambda draft: rx.fragment(buttons.link(draft["title"], draft["href"]), layout.muted(times.ago(draft["at"]))),
    )
    shown = (state.unfinished.length() > 0) & (state.saved_at == "")
    return rx.cond(shown, layout.row(layout.muted("Unfinished:"), drafts, gap="m"))


def _patient(state: Any, patient: Any) -> rx.Component:
    chosen = chosen_patient(patient, state.patient_name, state.patient_detail, on_change=state.change_patient)
    practice = rx.cond(
        state.practice_options.length() > 0,
        fields.select_field(
            "practice_id", "For the practice", state.practice_options, default=state.for_practice,
            on_edit=state.choose_practice, problem=state.problems["practice_id"], epoch=state.epoch,
        ),
    )  # fmt: skip
    return layout.card(
        practice,
        rx.cond(
            state.choosing_patient,
            patient_picker(patient, problem=state.problems["patient_id"], auto_focus=True, data_then="od_sphere"),
            chosen,
        ),
        title="Patient",
    )  # fmt: skip


def _particulars(state: Any) -> rx.Component:
    return layout.card(
        layout.field_row(
            fields.text_field(
                "reference", "Your reference", default=state.words["reference"], on_edit=state.edit, epoch=state.epoch,
                max_length=120,
            ),
            _several("ecp_id", "Ordered by", state.people, state),
            _several("ship_to", "Send to", state.sites, state),
        ),
        fields.textarea(
            "notes", "Note to the lab", default=state.words["notes"], on_edit=state.edit, epoch=state.epoch, rows=2
        ),
        title="With the order",
    )  # fmt: skip


def _several(name: str, label: str, options: Any, state: Any) -> rx.Component:
    """A choice that is only shown when there is more than one."""
    return rx.cond(
        options.length() > 1,
        fields.select_field(
            name, label, options, default=state.words[name], on_edit=state.edit,
            epoch=state.epoch + state.practice_epoch,
        ),
    )  # fmt: skip


def _prescription(state: Any) -> rx.Component:
    def shared(name: str, label: str, kind: str) -> rx.Component:
        return rx.el.div(
            rx.el.label(label, html_for=fields.field_id(name)),
            rx_fields.rx_number_field(
                name, kind, label, default=state.values[name], on_edit=state.edit, problem=state.problems[name],
                epoch=state.epoch,
            ),
            class_name="ils-rx-cell",
        )  # fmt: skip

    return layout.card(
        rx_fields.rx_grid(state.values, on_edit=state.edit, problems=state.problems, epoch=state.epoch),
        findings.finding_messages(state.rx_findings),
        layout.disclosure(
            "Binocular PD, second prism, position of wear, one eye",
            layout.field_row(
                shared("pd", "Binocular PD", "pd"),
                shared("near_pd", "Near PD", "pd"),
                shared("back_vertex_distance", "Vertex mm", "distance"),
                shared("pantoscopic_tilt", "Tilt °", "angle"),
                shared("wrap_angle", "Wrap °", "angle"),
                narrow=True,
            ),
            rx_fields.rx_grid(
                state.values, on_edit=state.edit, problems=state.problems, epoch=state.epoch, columns=SECOND_PRISM
            ),
            layout.field_row(
                fields.select_field(
                    "eye", "Lenses for", EYES, default=state.words["eye"], on_edit=state.edit, epoch=state.epoch
                ),
                fields.checkbox(
                    "balance", "Balance lens for the other eye", default=state.balance, on_edit=state.edit_balance,
                    epoch=state.epoch,
                ),
            ),
        ),
        title="Prescription",
        aside=buttons.copy_fields_button("copy OD to OS", "od_", "os_"),
    )  # fmt: skip


def _frame(state: Any) -> rx.Component:
    def measure(name: str, label: str) -> rx.Component:
        return rx.el.div(
            rx.el.label(label, html_for=fields.field_id(name)),
            rx_fields.rx_number_field(
                name, "distance", f"Frame {label} in mm", default=state.values[name], on_edit=state.edit,
                problem=state.problems[name], epoch=state.epoch,
            ),
            class_name="ils-rx-cell",
        )  # fmt: skip

    attached = layout.row(
        layout.mono(state.file_name), buttons.text_button("take off", on_click=state.detach), spread=True
    )
    return layout.card(
        layout.field_row(
            fields.select_field(
                "frame_type", "Type", state.frame_types, default=state.words["frame_type"], on_edit=state.edit,
                epoch=state.epoch, problem=state.problems["frame_type"],
            ),
            fields.select_field(
                "frame_status", "Frame is", form_view.FRAME_STATUSES, default=state.words["frame_status"],
                on_edit=state.edit, epoch=state.epoch, problem=state.problems["frame_status"],
            ),
        ),
        layout.field_row(
            measure("frame_a", "A"), measure("frame_b", "B"), measure("frame_dbl", "DBL"), measure("frame_ed", "ED"),
            narrow=True,
        ),
        findings.finding_messages(state.frame_findings),
        rx.cond(
            state.file_name != "",
            attached,
            fields.file_drop(
                "trace", "Drop a trace file, or choose one", on_drop=state.attach(rx.upload_files(upload_id="trace")),
                accept=TRACE_FILES, hint="OMA or VCA, kept with the order as it came",
            ),
        ),
        title="Frame",
    )  # fmt: skip


def _lens(state: Any) -> rx.Component:
    given = {"on_edit": state.edit, "epoch": state.epoch}
    lens = {"on_edit": state.edit, "epoch": state.lens_epoch}
    density = rx.cond(
        state.words["tint"] != "",
        rx_fields.rx_number_field(
            "tint_density", "distance", "Tint density in per cent", default=state.values["tint_density"],
            on_edit=state.edit, epoch=state.epoch, problem=state.problems["tint_density"],
        ),
    )  # fmt: skip
    return layout.card(
        choices.chip_choice("lens_type", "Family", state.families, single=True, **given),
        choices.choice_list("design", "Design", state.designs, problem=state.problems["design"], **lens),
        choices.choice_list("material", "Material", state.materials, problem=state.problems["material"], **lens),
        choices.chip_choice(
            "colour", "Colour", state.colours, single=True, problem=state.problems["colour"], aside=A_LENS, **lens
        ),
        choices.chip_choice(
            "coatings", "Treatments", state.treatments, on_edit=state.edit_coating, epoch=state.epoch,
            problem=state.problems["coatings"], aside=A_LENS,
        ),
        layout.field_row(
            fields.select_field("tint", "Tint", state.tints, default=state.words["tint"],
                                problem=state.problems["tint"], **given),
            density,
        ),
        findings.finding_messages(state.lens_findings),
        title="Lens",
        aside=state.fitting,
    )  # fmt: skip


def _result(state: Any) -> rx.Component:
    return layout.card(
        choices.chip_choice(
            "urgency", "How soon", state.urgencies, single=True, on_edit=state.edit, epoch=state.epoch
        ),
        findings.findings_list(state.findings, on_confirm=state.confirm),
        rx.cond(
            state.total != "",
            findings.price_summary(state.price_lines, total=state.total, promised=times.day(state.promised_at)),
            layout.muted("Price and promised date appear with the prescription."),
        ),
        rx.cond(
            (state.promised_at == "") & (state.estimate != ""),
            layout.row(feedback.tag("estimate"), layout.muted(state.estimate)),
        ),
        findings.submit_bar(
            "Send to the lab",
            detail=state.count,
            busy=state.sending,
            foot=rx.el.span(state.checked, role="status"),
            foot_end=rx.fragment("rules ", state.rules_version),
        ),
        title="Check and send",
        sticky=True,
    )  # fmt: skip
