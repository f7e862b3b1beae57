"""What the settings room refuses, by name."""

from ils_app.kernel.errors import Conflict, Invalid


class ChangedElsewhere(Conflict):
    """Somebody saved the same settings since they were read."""

    code = "changed_elsewhere"

    def __init__(self) -> None:
        super().__init__("These settings were changed elsewhere in the meantime. Look at them again, then save.")


class NotThatPicture(Invalid):
    """What was sent cannot be printed as a logo."""

    code = "not_that_picture"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"logo": sentence})
