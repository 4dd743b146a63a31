"""The arrows of docs/architecture.md, read from the import statements."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import iad_eval

PACKAGE = Path(iad_eval.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

LEVELS = (
    ("plugin", "leading", "parts", "hookspecs", "under_test", "__main__"),
    ("cli",),
    ("session", "commands", "merging"),
    ("showing", "exporting", "publishing", "gatekeeping"),
    ("remarks",),
    ("suite", "results", "circumstances"),
    ("evaluation",),
    ("stream", "ledger", "shelf", "album"),
    ("photographs",),
    ("asks", "matrix", "answers", "scheduling", "progress"),
    ("datasets", "perturbations", "predictors", "prompts", "reports", "views", "pixels", "identity"),
    ("gating",),
    ("summary", "properties", "predictions", "rows", "gaps", "columns"),
    ("annotating",),
    ("scores", "floors", "drops", "mistakes", "serving", "insights"),
    ("comparing", "storing"),
    ("stored",),
    ("paired",),
    ("judging", "intervals"),
    ("thresholds", "metrics", "verdicts", "run", "maps", "pictures", "paper"),
    ("reading",),
    ("store", "drawing"),
    ("options",),
    ("settings",),
    ("profiles", "limits"),
    ("words", "errors", "visible"),
)

ONLY_IN = {
    "pytest": {f"iad_eval.{room}" for room in ("plugin", "parts", "leading", "hookspecs", "under_test")},
    "rich": {"iad_eval.reports.terminal"},
    "jinja2": {"iad_eval.reports.page.render"},
    "matplotlib": {f"iad_eval.reports.plots{room}" for room in ("", ".charts", ".sheets")},
    "xdist": {"iad_eval.scheduling"},
    "torch": set[str](),
    "vllm": {"iad_eval.predictors.lvlm.engine"},
    "httpx": {"iad_eval.predictors.lvlm.connection"},
}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "iad_eval" and len(parts) > 1 else None


def _level(room: str) -> int:
    return next(number for number, rooms in enumerate(LEVELS) if room in rooms)


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_downward(module: str) -> None:
    room = _room(module)
    if room is None:
        return
    known = {each for rooms in LEVELS for each in rooms}
    upward = {
        name
        for name in _imports(MODULES[module])
        if (other := _room(name)) in known and other != room and _level(str(other)) < _level(room)
    }
    assert not upward


@pytest.mark.parametrize("package", ONLY_IN)
def test_packages_stay_in_their_rooms(package: str) -> None:
    importing = {
        module
        for module, path in MODULES.items()
        if any(name == package or name.startswith(f"{package}.") for name in _imports(path))
    }
    assert importing <= ONLY_IN[package]


def test_every_room_is_on_the_plan() -> None:
    rooms = {room for module in MODULES if (room := _room(module)) is not None}
    assert rooms <= {each for level in LEVELS for each in level}
