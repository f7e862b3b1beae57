"""Logos: what can be printed on a document, told by the bytes themselves and not by what they are called."""

import io
import warnings
from typing import Final

import filetype
from PIL import Image, UnidentifiedImageError

from ils_app.settings.errors import NotThatPicture

MOST_BYTES: Final = 500_000
MOST_PIXELS: Final = 4_000  # along one side
LEAST_PIXELS: Final = 16
MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg"}


def media_type(body: bytes) -> str | None:
    """What kind of picture the bytes begin as: `image/png`, `image/jpeg`, or None for any other."""
    kind = filetype.guess(body)
    return MEDIA_TYPES.get(kind.extension) if kind else None


def checked(body: bytes) -> str:
    """The media type of a picture that can be a logo. Raises NotThatPicture with what is wrong with it."""
    if not body:
        raise NotThatPicture("The file is empty.")
    if len(body) > MOST_BYTES:
        raise NotThatPicture(
            f"The picture is {len(body) / 1000:.0f} kB; at most {MOST_BYTES // 1000} kB can be a logo."
        )
    kind = media_type(body)
    if kind is None:
        raise NotThatPicture("Only PNG and JPEG pictures can be a logo; this file is another kind.")
    width, height = _size(body)
    if not (LEAST_PIXELS <= width <= MOST_PIXELS and LEAST_PIXELS <= height <= MOST_PIXELS):
        raise NotThatPicture(f"The picture is {width} × {height} pixels; a logo has {LEAST_PIXELS} to {MOST_PIXELS}.")
    return kind


def _size(body: bytes) -> tuple[int, int]:
    """Width and height of a picture that is whole, decoded once only after its size is known to be small."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=("PNG", "JPEG")) as picture:
                width, height = picture.size
                if max(width, height) <= MOST_PIXELS:
                    picture.load()
                return width, height
    except (UnidentifiedImageError, Image.DecompressionBombWarning, OSError, SyntaxError, ValueError) as error:
        raise NotThatPicture("The picture is damaged: save it again and choose the new file.") from error
