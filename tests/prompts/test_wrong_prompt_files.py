"""A prompt file with anything wrong in it is refused, naming the file and the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.prompts import load

KINDS = {"parts": "folder", "mvtec": "mvtec", "turned": "mvtec"}
CLASSES = {"parts": ("split_pin", "nut 5"), "mvtec": ("capsule",), "turned": ("grid", "capsule")}
VIEWS = ("original", "rotated", "rotate:15", "fog:3")


def _load(folder: Path, contents: bytes) -> None:
    path = folder / "prompts.toml"
    path.write_bytes(contents)
    load(path, KINDS, CLASSES, VIEWS)


# What is wrong -> a file whose mistake stands on the line marked "#!" (else the first), and what is said.
WRONG = {
    "top-level key": ('qestion = "a"  #!', "unknown key 'qestion'; did you mean 'question'"),
    "class key": (
        '[classes.parts.split_pin]\n\nsentense = ""  #!',
        "'sentense' in [classes.parts.split_pin]",
    ),
    "protocol key": ('[protocols.oneshot]\ntxt = "a"  #!', "did you mean 'text'? Known: reference, text"),
    "text type": ("question = [\n1]", "'question' is an array, but must be a string"),
    "sentence type": ("[classes.mvtec]\ngrid.sentence = 1.5  #!", "is a number, but must be a string"),
    "reference type": (
        '[protocols.oneshot]\nreference = "yes"  #!',
        "is a string, but must be true or false",
    ),
    "date": ("\nquestion = 2025-05-12  #!", "is a date or time, but must be a string"),
    "class type": ('[classes.parts]\n"nut 5" = true  #!', 'must be a table: type [classes.parts."nut 5"]'),
    "tables type": ("\n[[classes]]  #!\n", "'classes' is an array, but must be a table: type [classes]"),
    "dataset": ("[classes.mvtek.grid]  #!\nsentence = ''", "unknown dataset 'mvtek' in [classes]; did you"),
    "class": (
        "\n[classes.mvtec.capsul]  #!",
        "unknown class 'capsul' in [classes.mvtec]; did you mean 'capsule'",
    ),
    "class of the session": ("[classes.folder.splitpin]  #!", "did you mean 'split_pin'"),
    "perturbation": (
        "[classes.mvtec.grid.for_perturbation]\nrotatd = ''  #!",
        "unknown perturbation 'rotatd' in [classes.mvtec.grid.for_perturbation]; did you mean 'rotate",
    ),
    "severity": (
        "[classes.mvtec.grid.for_perturbation]\n\n'rotate:900' = ''  #!",
        "rotate:900 is out of range",
    ),
    "foreign severity": ("[classes.mvtec.grid.for_perturbation]\n'fog:4' = ''  #!", "did you mean 'fog"),
    "perturbation twice": (
        "[classes.mvtec.grid.for_perturbation]\n'rotate:15' = ''\n'rotate:15.0' = ''  #!",
        "'rotate:15.0' is 'rotate:15', which has a sentence already",
    ),
    "placeholder": (
        "[protocols.oneshot]\ntext = '{qestion} {sentence}'  #!",
        "'qestion' in 'text' in [protocols.oneshot]; did you mean 'question'",
    ),
    "placeholder elsewhere": (
        "[classes.mvtec.grid]\nsentence = '{question}'  #!",
        "Known: class_name, shots",
    ),
    "empty placeholder": (
        "question = 'a {} b'  #!",
        "placeholder '' in 'question'. Known: class_name",
    ),
    "brace": ("\n\nquestion = 'a { b'  #!", "'question' has a single '{'; a brace that is meant is doubled"),
    "brace in a sentence": (
        "[classes.mvtec.grid.for_perturbation]\nrotated = 'a }'  #!",
        "'rotated' has a single '}'",
    ),
    "no text": (
        "[protocols.mine]  #!\nreference = true",
        "'mine' is not the paper's and lacks a key; write text",
    ),
    "no reference": ("\n[protocols.mine]  #!\ntext = 'a'", "lacks a key; write reference = true"),
    "name": ("[protocols.'my own']  #!\ntext = 'a'", "a protocol cannot be called 'my own'"),
    "empty": ("question = ' '  #!", "'question' is empty"),
    "comparison": (
        "[protocols.mine]\nreference = false\ntext = '{question}'  #!",
        "'mine' shows no reference, but its text has {question}",
    ),
    "comparison by the paper's text": ("[protocols.oneshot]\nreference = false  #!", "shows no reference"),
    "not TOML": ("\nquestion = what  #!", "this is not TOML: Invalid value (column 12)"),
    "no end": ("\n\nquestion = '''  #!", "this is not TOML: "),
    "twice": ("question = 'a'\nquestion = 'b'  #!", "this is not TOML: "),
    "digits": (f"question = {'9' * 5000}  #!", "this is not TOML: a number has too many digits"),
    "depth": (f"question = {'[' * 100_000}  #!", "this is not TOML: "),
    "after a long text": ('question = """\n[classes]\n"""\nqestion = 1  #!', "unknown key 'qestion'"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_with_its_line(wrong: str, tmp_path: Path) -> None:
    text, message = WRONG[wrong]
    line = text.partition("#!")[0].count("\n") + 1 if "#!" in text else 1
    with pytest.raises(UsageError, match=re.escape(message)) as raised:
        _load(tmp_path, text.encode())
    assert str(raised.value).startswith(f"{tmp_path / 'prompts.toml'}, line {line}: ")


def test_a_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"prompts\.toml, line 2: this is not UTF-8"):
        _load(tmp_path, b'# fine\nquestion = "\xe4"\n')


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: the prompt file cannot be read: No such file"):
        load(tmp_path / "none.toml", KINDS, CLASSES, VIEWS)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load(tmp_path, KINDS, CLASSES, VIEWS)
