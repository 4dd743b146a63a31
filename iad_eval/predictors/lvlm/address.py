"""Where a server listens, and the key to it: checked before anything is sent."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

from iad_eval.errors import UsageError

KEYS = ("IAD_API_KEY", "OPENAI_API_KEY")
"""Environment variables that may hold the key, the first one set wins."""

_TYPE = "Type --iad-endpoint http://HOST:PORT/v1"


def endpoint(url: str) -> str:
    """The address as it is used: ``http(s)://host[:port][/path]/v1``, without a trailing slash.

    Raises UsageError for another scheme, no host, another ending, and anything that may be
    secret (user, password, query); the text never repeats that part.
    """
    typed = url.strip()
    shown = _shown(typed)
    if any(sign.isspace() or not sign.isprintable() for sign in typed):
        raise UsageError(f"the endpoint has blanks or control characters in it. {_TYPE}")
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname, parts.port
    except ValueError:  # its text may repeat a password, so it is not chained
        raise UsageError(f"the endpoint {shown!r} is no address that can be read. {_TYPE}") from None
    if "@" in typed:
        raise UsageError(
            f"the endpoint {shown!r} was given with a user name or password. "
            f"Leave them out; a key goes into the environment variable {KEYS[0]}."
        )
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise UsageError(f"the endpoint {shown!r} is no http or https address with a host. {_TYPE}")
    path = parts.path.rstrip("/")
    if parts.query or parts.fragment or not path.endswith("/v1"):
        kept = path[: path.index("/v1/") + 3] if "/v1/" in path else f"{path}/v1"
        meant = urlunsplit((parts.scheme, parts.netloc, kept if not path.endswith("/v1") else path, "", ""))
        raise UsageError(f"the endpoint {shown!r} does not end in /v1. Type --iad-endpoint {meant}")
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, "", ""))


def api_key() -> str | None:
    """The key from the environment: IAD_API_KEY, else OPENAI_API_KEY; None where neither is set.

    Raises UsageError, without repeating the key, for one that no HTTP header can carry.
    """
    for name in KEYS:
        key = os.environ.get(name, "").strip()
        if key:
            return usable(key, name)
    return None


def usable(key: str, name: str) -> str:
    """The key itself. Raises UsageError where it holds anything but printable ASCII without blanks."""
    if not all("!" <= sign <= "~" for sign in key):
        raise UsageError(
            f"{name} holds characters that no API key has (a line break, a quote copied along?). "
            f"Set it again: export {name}=KEY"
        )
    return key


def _shown(typed: str) -> str:
    """The address as an error may print it: nothing before an @, no query, no fragment."""
    scheme, mark, rest = typed.partition("://")
    bare = typed.rpartition("@")[2] if "@" in typed else (rest if mark else typed)
    bare = bare.partition("?")[0].partition("#")[0]
    is_scheme = scheme.lower() in ("http", "https") or "@" not in typed
    shown = f"{scheme}://{bare}" if mark and is_scheme else bare
    return shown if len(shown) <= 200 else shown[:200] + "..."
