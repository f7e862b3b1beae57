"""The door of the lab room: everything another room, a page or a route may ask of it."""

from ils_app.lab.acts import hold, move, move_many, release, ship, spoken
from ils_app.lab.board import board, by_code, card, cards, jobs_on_floor, stations_passed
from ils_app.lab.cards import TOPIC, put_card, take_card
from ils_app.lab.errors import CannotMove, LabSilent, MisreadTray, MovedOn, NoSuchJob, NotThisWay
from ils_app.lab.floor import BY_HAND, FLOOR, LABELS, MOVE_WORDS, STATUS_WORDS, led_by_lims, skipped, station_word
from ils_app.lab.schemas import (
    Board,
    BoardView,
    Card,
    CardList,
    Filters,
    MoveChoice,
    MoveResult,
    Pick,
    StageView,
    StationStep,
    Workbench,
)
from ils_app.lab.ticket import Ticket, ticket, ticket_pdf

__all__ = [
    "BY_HAND", "FLOOR", "LABELS", "MOVE_WORDS", "STATUS_WORDS", "TOPIC", "Board", "BoardView", "CannotMove", "Card",
    "CardList", "Filters", "LabSilent", "MisreadTray", "MoveChoice", "MoveResult", "MovedOn", "NoSuchJob",
    "NotThisWay", "Pick", "StageView", "StationStep", "Ticket", "Workbench", "board", "by_code", "card", "cards",
    "hold", "jobs_on_floor", "led_by_lims", "move", "move_many", "put_card", "release", "ship", "skipped", "spoken",
    "station_word", "stations_passed", "take_card", "ticket", "ticket_pdf",
]  # fmt: skip
