"""Which API key goes to which server: a key belongs to one origin and is never given to another."""

from collections.abc import Mapping
from typing import Any, Literal

from core.base.errors import N_, BadKey
from core.io.connections import Connection, connections

KeySource = Literal["typed", "environment", "secrets"]


def find_key(connection: Connection, typed: Mapping[str, str], environ: Mapping[str, str], secrets: Mapping[str, Any]) -> str | None:
    """The key for this connection, or None; `typed` maps origins (scheme, host and port) to keys, see `keep_key`.

    A key typed by the user comes first, then the environment, then the secrets. The last two hold keys for a connection's own
    known address only: OPENAI_API_KEY never goes to a base URL that was typed in. This machine's engine has a token of its own.
    """
    return _find(connection, typed, environ, secrets)[0]


def key_source(
    connection: Connection, typed: Mapping[str, str], environ: Mapping[str, str], secrets: Mapping[str, Any]
) -> KeySource | None:
    """Where `find_key` found the key, for the page to name."""
    return _find(connection, typed, environ, secrets)[1]


def keep_key(typed: Mapping[str, str], connection: Connection, key: str) -> dict[str, str]:
    """`typed` with this key kept for the connection's origin; an empty key forgets the one that was there."""
    rest = {origin: kept for origin, kept in typed.items() if origin != connection.origin}
    cleaned = clean_key(key, connection.host)
    return {**rest, connection.origin: cleaned} if cleaned and connection.origin else rest


def clean_key(key: str, host: str = "") -> str:
    """The key without what a paste brings along; raises BadKey where it cannot be one (and never repeats it)."""
    cleaned = key.strip().strip("\"'“”‘’").strip()
    if cleaned.lower().startswith("bearer "):
        cleaned = cleaned[7:].strip()
    if any(not "!" <= letter <= "~" for letter in cleaned):
        # a line break would end the HTTP header, and the library's own complaint would repeat the whole key
        raise BadKey(N_("This is not an API key: it holds spaces or other characters that a key cannot have."), host=host)
    return cleaned


def mask(key: str) -> str:
    """The key as it may be shown: its last four characters, or none of a short one."""
    return "…" + key[-4:] if len(key) >= 12 else "…"


def _find(
    connection: Connection, typed: Mapping[str, str], environ: Mapping[str, str], secrets: Mapping[str, Any]
) -> tuple[str | None, KeySource | None]:
    if connection.local or not connection.origin:
        return None, None
    if kept := typed.get(connection.origin):
        return kept, "typed"
    known = next((c for c in connections() if c.id == connection.id), None)
    if known is None or known.origin != connection.origin:
        return None, None
    for name in connection.key_env:
        if value := environ.get(name, "").strip():
            return clean_key(value, connection.host), "environment"
    for name in connection.key_env:
        secret = secrets.get(name)
        if isinstance(secret, str) and secret.strip():
            return clean_key(secret, connection.host), "secrets"
    return None, None
