"""Everything ILS refuses: one root and five families.

IlsError
├── Invalid     422  what was entered cannot be taken; `fields` says which and why
├── Forbidden   403  the person's role does not allow it
├── NotFound    404  there is no such row, or it is someone else's
├── Conflict    409  the row has moved on since it was read
└── Upstream    503  the LIMS or another system outside did not answer

A room adds a name, never a number. Two translators turn these into answers: `kernel.asgi` for HTTP,
`ui.errors` for toasts.
"""

from collections.abc import Mapping


class IlsError(Exception):
    """A refusal a person can read. `message` is a sentence, `fields` maps a field to its sentence."""

    status = 500
    code = "error"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, str] = dict(fields or {})
        self.code = code or type(self).code


class Invalid(IlsError):
    """What was entered cannot be taken as it is."""

    status = 422
    code = "invalid"


class Forbidden(IlsError):
    """This role may not do this."""

    status = 403
    code = "forbidden"

    def __init__(self, message: str = "Your role does not allow this.", **more: object) -> None:
        super().__init__(message, **more)  # type: ignore[arg-type]


class NotFound(IlsError):
    """No such row; a foreign row looks the same."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is no such record.", **more: object) -> None:
        super().__init__(message, **more)  # type: ignore[arg-type]


class Conflict(IlsError):
    """The row has moved on; the message says where it is now."""

    status = 409
    code = "conflict"


class Upstream(IlsError):
    """A system outside did not answer."""

    status = 503
    code = "upstream"
