"""Foreign text made harmless: names come from folders, users and servers."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format (also: right-to-left), surrogate, line, paragraph


def visible(text: str) -> str:
    r"""The text on one line; what steers a terminal or breaks an XML file is shown as ``\n``, ``\x1b`` ..."""
    if text.isprintable():  # nearly always
        return text
    return "".join(_escaped(sign) if _is_unseen(sign) else sign for sign in text)


def _is_unseen(sign: str) -> bool:
    is_noncharacter = ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF
    return is_noncharacter or unicodedata.category(sign) in _UNSEEN


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
