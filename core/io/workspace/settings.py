"""Settings of the workspace: a key, any JSON value. A key that holds /PROJECT/ belongs to that project and goes with it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from core.io.workspace import tables
from core.io.workspace.store import Store


class Settings(Store):
    """The settings of a workspace."""

    def get_setting(self, key: str, default: Any = None) -> Any:
        """The value last set under this key, or `default`."""
        with self._db.read() as connection:
            row = connection.execute(select(tables.settings.c.value).where(tables.settings.c.key == key)).first()
        return default if row is None else row[0]

    def settings_under(self, beginning: str) -> dict[str, Any]:
        """All values whose key begins so, by the rest of their key."""
        key = tables.settings.c.key
        with self._db.read() as connection:
            rows = connection.execute(
                select(key, tables.settings.c.value).where(key.startswith(beginning, autoescape=True)).order_by(key)
            ).all()
        # SQLite's LIKE takes small letters for large ones
        return {name[len(beginning) :]: value for name, value in rows if name.startswith(beginning)}

    def claim_setting(self, key: str, value: Any) -> bool:
        """Keep a JSON value under this key if nothing is kept there yet; True for exactly one of any number of callers."""
        with self._db.write(durable=True) as connection:
            statement = insert(tables.settings).values(key=key, value=value).on_conflict_do_nothing(index_elements=["key"])
            return connection.execute(statement).rowcount == 1

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value under this key."""
        with self._db.write() as connection:
            statement = insert(tables.settings).values(key=key, value=value)
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
