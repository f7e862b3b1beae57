"""Calling a room's door from the command line, found by name only when it is needed."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from typing import Any


def call_door(module: str, door_name: str, /, **arguments: object) -> Any:
    """Call `module.door_name(**arguments)`, in an event loop of its own when it is asynchronous."""
    door = getattr(importlib.import_module(module), door_name)
    if not inspect.iscoroutinefunction(door):
        return door(**arguments)
    return asyncio.run(_and_close(door(**arguments)))


async def _and_close(call: Any) -> Any:
    """Await a call and leave no database connection behind."""
    from ils_app.kernel import database

    try:
        return await call
    finally:
        await database.close()
