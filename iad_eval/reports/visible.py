"""Foreign text made harmless: names come from folders, users and servers."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format (also: right-to-left), surrogate, line, paragraph


def visible(text: str) -> str:
    r"""The text on one line, with everything that would steer a terminal shown as ``\n``, ``\x1b`` ..."""
    return "".join(_escaped(sign) if unicodedata.category(sign) in _UNSEEN else sign for sign in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
