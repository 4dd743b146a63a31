"""The strict reading: the yes or no with which an answer opens, in any decoration."""

from __future__ import annotations

import re

from iad_eval.words import Verdict

STEPS = 60
"""So many pieces of decoration may stand before the yes or no."""

_IDIOM = (
    "one|body|brainer|idea|conclusions?|answer|comment|way|doubt|question|wonder|matter|information|clue|"
    "opinion|determination|judge?ment|verdict|images?|pictures?|photos?|photographs?|attachment|file|second|"
    "input|text|data|reference|show|name|where|longer|less|fewer|worries|sooner|such|response|context"
)
_AROUND = r"[\s_*\"'`]{0,6}"
_OPPOSED = (
    rf"{_AROUND}(?:[/|\\&,+(]|-{{1,3}}|(?:\.{{1,3}}|…)?{_AROUND}(?:and|or|and/or|nor|but|to|versus|vs)\b|"
    rf"\.{{2,3}}|…)?"
    rf"{_AROUND}(?:also )?"
)
BARE = (
    rf"\(?{_AROUND}(?P<word>yes|no(?!(?:\.?\s?[#°º]?|\s+)\d))(?![^\W_])(?!'\w|{_AROUND}\?)"
    rf"(?!-?[ \t-]?(?:{_IDIOM})\b)"
    rf"(?!{_OPPOSED}(?!(?P=word)\b)(?:yes|no)(?![^\W_])(?:[\s)\]}}*_\"'`]{{0,6}}(?:$|[/|.?!,:;\n])| *$))"
    r"(?!(?:\s*[/|]\s*|\s+(?:and|or)\s+|\s+)(?!(?P=word)\b)(?:yes|no)\b)"
)
"""A yes or no that is neither part of an idiom (no one, no idea, no. 2) nor followed by its opposite."""

_NEXT = re.compile(BARE)
_BOTH = re.compile(rf"[\s(]{{0,6}}(?P<one>yes|no)(?![^\W_]){_OPPOSED}(?!(?P=one)\b)(?:yes|no)(?![^\W_])")

_BAD = (
    r"(?:anomal(?:y|ies|ous)|abnormal(?:ity|ities)?|defect(?:s|ive)?|damaged?|flaws?"
    r"|difference|fault(?:y|s)?)"
)
_STATE = r"(?:detected|present|found|visible|exists?|status|identified|detection|observed|result)"
_KEY = (
    r"(?:answer|verdict|conclusion|decision|response|reply|result|output|prediction|judge?ment|assessment|"
    rf"(?:(?:is|has|have|any)[\s_-]*)*{_BAD}(?:[\s_-]*{_STATE})*|detected|found|present|"
    r"second[\s_-]*(?:image|picture|photo)|image[\s_-]*2|yes\s*(?:/|or)\s*no)"
)
_ANSWER = (
    r"(?:(?:the|my|final|short|overall|direct|correct|simple|quick|brief|so|your)\s+){0,4}"
    r"(?:answer|response|reply|verdict|conclusion)(?: to (?:the|your|this) question)?"
)
_YES_NO = r"(?:yes|no)(?![^\W_])"
_CHOICE = r"(?:\s*\(yes\s*(?:/|or)\s*no\))?"
_IS = r"(?:is|would be|should be|will be)\b"
_COMMAND = r"(?:boxed\W|text\w{0,4}\W)?"
_FILLER = (
    r"(?:sure(?: thing)?|certainly|of course|ok|okay|well|hmm+|alright|all right|great|hello|hi|hey|"
    r"thanks|oh|so|thus|therefore|hence|then|finally|overall|in short|in summary|in conclusion|"
    r"to summarize|simply put|to answer your question|to conclude|absolutely|definitely|indeed|clearly|"
    r"unfortunately|fortunately|sadly|luckily|no (?:problem|worries)!)"
)
_SKIP = re.compile(
    "|".join(
        (
            r"<(?!\W{0,8}(?:yes|no)\b)[^<>\n]{1,80}>",  # tags of HTML, XML and chat templates
            r"\\(?:boxed|text\w*|math\w+|bf|it|rm|large|fbox|left|begin\{\w+\}|[nt](?=\W|yes\b|no\b))\{?",
            r"(?<=`)(?:jsonc?|te?xt|plaintext|markdown|md|ya?ml|python|html|xml|latex|tex)\b",
            r"\(?(?:\d{1,2}|[a-d]|q|q\d|step \d)[.):](?!\d)",
            r"(?:assistant|ai|bot|gpt|model|llava|qwen|system)(?:\W*:|\W*\n)",
            rf"{_FILLER}(?=\s*[,.!:;\n]|\s+(?:{_YES_NO}|the answer|my answer|i would|it is|here))",
            r"here(?: is|'s| are)(?: my| the| your| a)? [^.:\n]{0,50}[:\n]",
            r"i(?: would|'d) be (?:happy|glad) to [^.!\n]{0,60}[.!]",
            r"(?:thank you|thanks) for [^.!\n]{0,60}[.!]",
            r"the second image is for anomaly detection\.|reply (?:with )?yes or no,? then explain\.?",
            rf"{_ANSWER}{_CHOICE}(?=[\W_]*(?:{_IS})?[\W_]*{_COMMAND}[\W_]*(?:yes|no|true|false)(?![^\W_]))",
            rf"(?:(?:final|short|the|my|your|overall)\s+){{0,3}}{_KEY}{_CHOICE}[\s\"'*_`)\]]*(?:[:=]|-+>?|–|—|→)",
            rf"{_IS}(?=[\W_]{{0,8}}(?:simply |clearly |a )?{_COMMAND}{_COMMAND}[\W_]{{0,3}}{_YES_NO})",
            r"(?:i(?: would|'d| will|'ll| must| have to| can)?|we) "
            r"(?:say|answer|reply|respond|conclude|think|believe)"
            rf"(?: with| that)?\b(?=[\W_]{{0,8}}(?:the answer is[\W_]{{0,8}})?{_YES_NO})",
            rf"(?:it|that|this)(?: is|'s) an? (?=(?:\w+ )?\W{{0,3}}{_YES_NO})",
            r"(?:simply|clearly|definite|definitely|clear|firm) ",
        )
    )
)
_ECHO = re.compile(rf"(?:q(?:uestion)?|user)?\W{{0,4}}[^?.!\n]{{0,240}}?\b{_BAD}\b[^?.!\n]{{0,200}}\?")
_ECHOED_GOOD = re.compile(r"\b(?:normal|same|identical|good|intact|free|similar|fine|without|no|not)\b")
_TRUTH = re.compile(r"(?:true|false)\b")
_DECORATION = re.compile(r"[^\w<\\({]+|_+|[<\\({]")
_OBJECT = re.compile(r"\{\s*[\"']?(?!(?:yes|no)\b)[a-z][\w -]{0,40}[\"']?\s*[:=]")
_PAIR = re.compile(
    r"[\"']?(?P<key>[a-z][a-z _-]{0,40}?)[\"']?\s*[:=]\s*(?:[\"'*\[ ]|\\\")*(?P<value>[a-z]+|[01]\b)"
)
_JSON_YES, _JSON_NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_GOOD_KEY = re.compile(
    r"(?:is[\s_-]*)?(?:normal|identical|same|intact)|(?:no|without)[\s_-]*\w+|\w+[\s_-]*free"
)


def opening(text: str) -> Verdict | None:
    """What the yes or no at the beginning of a lower-case text says; None without one.

    ``unreadable`` where it says both ("yes and no"). Decoration, labels ("final answer:"), fillers
    ("sure!") and the question itself are passed over.
    """
    place, is_labelled = 0, False
    for _ in range(STEPS):
        if place == len(text):
            break
        step = _NEXT.match(text, place)
        if step is not None:
            return "anomalous" if step["word"] == "yes" else "normal"
        if is_labelled and (truth := _TRUTH.match(text, place)):
            return "anomalous" if truth[0] == "true" else "normal"
        if _OBJECT.match(text, place):
            return _from_pairs(text[place:])
        step = _SKIP.match(text, place)
        if step is None and _BOTH.match(text, place):
            return "unreadable"
        if step is not None:
            is_labelled = step[0].endswith((":", "=", ">", "is"))
        else:
            step = _echo(text, place) or _DECORATION.match(text, place)
        if step is None:
            return None
        place = step.end()
    return None


def _from_pairs(text: str) -> Verdict | None:
    """The verdict of the first telling key of a JSON object, which may be cut off; None without one."""
    for pair in _PAIR.finditer(text):
        key, value = pair["key"].strip(), pair["value"]
        if value not in _JSON_YES | _JSON_NO or (value in "01" and not re.search(_BAD, key)):
            continue
        is_yes = value in _JSON_YES
        if re.fullmatch(_GOOD_KEY, key):
            is_yes = not is_yes
        elif not re.fullmatch(rf"(?:final[\s_-]*)?{_KEY}", key):
            continue
        return "anomalous" if is_yes else "normal"
    return None


def _echo(text: str, place: int) -> re.Match[str] | None:
    """The question, repeated before its answer."""
    if text.find("?", place, place + 500) < 0:
        return None
    found = _ECHO.match(text, place)
    return None if found is None or _ECHOED_GOOD.search(found[0]) else found
