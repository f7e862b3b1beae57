"""The one database of this process: its engine, opened once and closed with the process."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from ils_app.kernel import config

_engine: AsyncEngine | None = None
_sessions: async_sessionmaker[AsyncSession] | None = None


def engine() -> AsyncEngine:
    """This process's engine, made on first use. Parameters never reach an error text: patients are in them."""
    global _engine, _sessions
    if _engine is None:
        _engine = create_async_engine(
            config.require_database(),
            pool_pre_ping=True,
            pool_size=15,
            max_overflow=15,
            pool_timeout=10,
            hide_parameters=True,
        )
        _sessions = async_sessionmaker(_engine, expire_on_commit=False)
    return _engine


def session() -> AsyncSession:
    """A new session; `Room` decides when it commits."""
    engine()
    assert _sessions is not None
    return _sessions()


async def close() -> None:
    """Close every connection of this process."""
    global _engine, _sessions
    if _engine is not None:
        await _engine.dispose()
    _engine = _sessions = None
