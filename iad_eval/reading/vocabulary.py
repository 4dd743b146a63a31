"""Which words of an answer matter, and as what: one letter a word, so that grammar becomes patterns."""

from __future__ import annotations

import re

_WORDS: dict[str, str] = {
    # bad news
    "G": "anomaly abnormality irregularity defect flaw imperfection",
    "g": "issue problem fault concern",  # denied like the above; asserted, it may be the upload's
    "D": "difference change deviation discrepancy variation distinction dissimilarity alteration "
    "inconsistency differ differs deviate deviates",  # denied like the above; asserted, it may be the light
    "K": "scratch crack dent stain tear rip fracture puncture gouge abrasion blemish smudge burr bump "
    "indentation deformation discoloration discolouration contamination contaminant contaminants "
    "contaminations debris residue rust corrosion misalignment damage break breakage bend spot "
    "wrinkle crease splinter dirt mold leak fray",
    "k": "hole cut chip",  # where a part need not have one
    "U": "unusual abnormal anomalous wrong defective faulty irregular amiss",
    "B": "broken damaged cracked chipped bent scratched torn ripped dented deformed misaligned misplaced "
    "contaminated stained discolored discoloured incomplete missing fractured shattered punctured crushed "
    "frayed rusty corroded warped squeezed snapped crooked severed burnt flawed "
    "mangled smashed",
    # good news
    "q": "good fine ok okay perfect clean",
    "P": "normal intact undamaged unbroken flawless pristine unblemished unremarkable consistent "
    "acceptable nonanomalous nondefective spotless faultless",
    "S": "identical same alike indistinguishable unchanged",
    "p": "aligned round complete straight properly correctly attached sealed closed seated",  # once negated
    # grammar
    "N": "0 hardly not no never none nothing neither nor without zero lack lacks lacking nowhere",
    "E": "there",
    "V": "is are was were be been being",
    "L": "looks look appears appear seems seem remains remain looking appearing",
    "H": "has have had having shows show showing showed contains contain containing exhibits exhibit "
    "exhibiting displays display displaying features reveals reveal revealing presents includes indicates "
    "indicating depicts got suffers",
    "w": "with",
    "I": "see notice observe detect find spot identify noticed observed detected spotted identified",
    "X": "visible present seen found noticeable evident apparent located obvious discernible detectable",
    "x": "exists exist",
    "s": "i we you one",
    "m": "can do did also",
    "a": "a an some several one two three multiple many",
    "d": "the this these that its",
    "t": "to",
    "&": "and",
    "f": "for about against",
    "Y": "any either",
    "o": "other others further additional else otherwise another rest remaining remainder",
    "b": "both",
    "r": "on in at near along across around of from inside above below between over under by",
    "-": "very quite slightly somewhat also now bit little more most still just too as small large big tiny "
    "minor major deep thin dark light long visible clear obvious noticeable significant severe single "
    "well like considered classified deemed judged regarded",
    # no assertion
    "h": "might may could possibly possible maybe perhaps probably probable likely unlikely potential "
    "potentially suspected presumably seemingly arguably suggest suggests suggesting guess suppose",
    "c": "if whether unless would should suppose imagine assuming gone removed repaired disappeared "
    "vanished fixed how what which types type kinds kind "
    "categories examples example when must will shall",
}

TAGS: dict[str, str] = {}
"""Word -> letter; of a word with several letters the first group above wins."""
for _letter, _group in _WORDS.items():
    for _word in _group.split():
        TAGS.setdefault(_word, _letter)

_COUNTED = ("G", "g", "D", "K", "k")

_EXPRESSIONS = [
    (
        r"\b(?:central|center|centre|round|circular|threaded|drilled|mounting|screw|through)[ -]?holes?\b|"
        r"\bholes? (?:in|at|through) (?:the |its )?(?:middle|cent(?:er|re))\b",
        "opening",
    ),
    (
        r"\b(?:chips?|cuts?) (?=(?:\w+ ){0,3}(?:rim|edge|corner|neck|glass|surface|paint|coating|side|"
        r"lip)\b)",
        "crack ",
    ),
    (r"\b(?:anything but|far from)\b", "is not"),
    (r"\b(this|that|the same) (?:type|kind) of\b", r"\1"),
    (r"\babsent\b", "not present"),
    (
        r"\b(anomal(?:y|ies)|defects?|damage|abnormalit(?:y|ies)) *[:=-] *"
        r"(?=(?:not|none|absent|present|found)\b)",
        r"\1 is ",
    ),
    (
        r"\bi (?:would |'d )?(?:classify|consider|judge|call|label|rate) (the \w+(?: \w+)?|it|this) "
        r"(?:as |to be )?",
        r"\1 is ",
    ),
    (r"\b(?:barely|hardly|scarcely) an?\b", "possibly a"),
    (r"n['’]t\b", " not"),
    (r"\bcan ?not\b|\bcan not\b|\bca not\b", "can not"),
    (r"\b(it|there|that|here|what)['’]s\b", r"\1 is"),
    (r"\bnot (?:only|just|merely)\b|\b(?:with)?(?:out|no) (?:a |any )?(?:doubt|question)\b", " "),
    (
        r"\b(?:unable|not able|fail|fails|failed) to (find|see|detect|identify|spot|notice|observe)\b",
        r"not \1",
    ),
    (r"\bno longer\b", "not"),
    (r"\b(?:free|devoid|clear) (?:of|from)\b|\b(?:an |the )?absence of\b", "without"),
    (r"\bout of (?:place|the ordinary)\b", "unusual"),
    (r"\bnothing (?:stands out|(?:much )?(?:to report|of note|of concern))\b", "nothing unusual"),
    (
        r"\b(?:in )?(?:a )?(?:very |such )?(?:good|perfect|excellent|proper|normal) (?:condition|shape|"
        r"order|state)\b",
        "intact",
    ),
    (
        r"\b(?:anomaly|defect|fault|flaw|damage|crack)(?:[ -](?:detection|inspection|analysis|score|"
        r"scoring|detector|class|check|types?))+\b",
        "inspection",
    ),
    (r"\b(?:anomaly|defect|scratch|damage|blemish|flaw|error|crack|fault)[- ]free\b", "flawless"),
    (r"\bnon-?(anomalous|defective)\b", r"non\1"),
    (r"\b(can|could|to|not|we|i) spot\b", r"\1 see"),
    (r"\bforeign (?:object|material|particle|body|matter|substance)s?\b", "contamination"),
    (
        r"\b(?:possibly|likely|probably|perhaps|presumably|potentially|maybe) (?:due|caused|from|because|"
        r"resulting|as a|a result)\b.*",
        " ",
    ),
    (r"\bi (?:would|'d) (?:say|conclude)\b|\bi['’]d (?:say|conclude)\b", "i say"),
]
_PLAIN = [(re.compile(pattern), plain) for pattern, plain in _EXPRESSIONS]


def normalised(text: str) -> str:
    """Lower-case text with contractions and expressions of several words made plain."""
    for pattern, plain in _PLAIN:
        text = pattern.sub(plain, text)
    return text


def tag(word: str) -> str:
    """The letter of a lower-case word; ``.`` for a word that does not matter, ``-`` for adverbs."""
    known = TAGS.get(word)
    if known is None and word.endswith("s"):
        singulars = (word[:-1], word[:-2], f"{word[:-3]}y")
        known = next((TAGS[each] for each in singulars if TAGS.get(each, "") in _COUNTED), None)
    return known or ("-" if word.endswith("ly") else ".")


def tagged(clause: str) -> tuple[list[str], str]:
    """The words of a clause in lower case, and their letters, one a word."""
    words = re.findall(r"[a-z]+(?:'[a-z]+)?|\d+", clause)
    return words, "".join(map(tag, words))
