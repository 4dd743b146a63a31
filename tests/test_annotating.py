"""Remarks on lines of files, in the forms that GitHub and GitLab read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iad_eval.annotating import Annotation, github, gitlab, relative, repository_root

PROMPTS = Path("cases") / "prompts.toml"
WORSE = Annotation("error", PROMPTS, 12, "capsule is worse", "Accuracy fell by 4.0 points.")


@pytest.fixture(autouse=True)
def _outside_of_any_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (
            WORSE,
            "::error file=cases/prompts.toml,line=12,title=capsule is worse::Accuracy fell by 4.0 points.\n",
        ),
        (
            Annotation("warning", None, None, "undecided: a, b", "100% of\r\nviews: 1, 2"),
            "::warning title=undecided%3A a%2C b::100%25 of%0D%0Aviews: 1, 2\n",
        ),
        (
            Annotation("notice", Path("a,b:c.toml"), None, "t", ""),
            "::notice file=a%2Cb%3Ac.toml,line=1,title=t::\n",
        ),
        (Annotation("notice", None, 3, "t%", "\x1b[2J"), "::notice title=t%25::\\x1b[2J\n"),
    ],
)
def test_github_reads_a_workflow_command(annotation: Annotation, expected: str) -> None:
    assert github([annotation]) == expected


def test_nothing_to_remark_prints_nothing() -> None:
    assert github([]) == ""
    assert gitlab([]) == "[]\n"


TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\r\n%:,\x1b\u2028")), max_size=20)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3))
def test_foreign_text_can_neither_begin_a_command_of_its_own_nor_a_property(
    texts: list[tuple[str, str, str]],
) -> None:
    annotations = [Annotation("error", Path(f"p{path}"), 1, title, text) for path, title, text in texts]
    lines = github(annotations).splitlines()
    assert len(lines) == len(texts)
    for line in lines:
        head, _, properties = line.partition("::")[2].partition("::")[0].partition(" ")
        assert head == "error"
        assert [each.partition("=")[0] for each in properties.split(",")] == ["file", "line", "title"]


def test_gitlab_reads_a_code_quality_report() -> None:
    general = Annotation("error", None, None, "overall", "All together.")
    whole_file = Annotation("warning", PROMPTS, None, "undecided", "One\nmore \x1b[2J")
    report = json.loads(gitlab([WORSE, general, whole_file, Annotation("notice", PROMPTS, 3, "t", "m")]))
    for finding in report:
        del finding["fingerprint"]
    assert report == [
        {
            "description": "capsule is worse: Accuracy fell by 4.0 points.",
            "check_name": "iad-eval",
            "severity": "major",
            "location": {"path": "cases/prompts.toml", "lines": {"begin": 12}},
        },
        {
            "description": "undecided: One\\nmore \\x1b[2J",
            "check_name": "iad-eval",
            "severity": "minor",
            "location": {"path": "cases/prompts.toml", "lines": {"begin": 1}},
        },
        {
            "description": "t: m",
            "check_name": "iad-eval",
            "severity": "info",
            "location": {"path": "cases/prompts.toml", "lines": {"begin": 3}},
        },
    ]


def _fingerprints(*annotations: Annotation) -> list[str]:
    return [finding["fingerprint"] for finding in json.loads(gitlab(annotations))]


def test_a_fingerprint_outlasts_other_numbers_and_nothing_else() -> None:
    (first,) = _fingerprints(WORSE)  # of the text '["error", "cases/prompts.toml", 12, "capsule is worse"] 1'
    assert first == "dcd71d27064097e2e116f6c4f500d92d3f22dc9fdb9ae5e49b7a9a7a1e5b8fff"
    assert _fingerprints(Annotation("error", PROMPTS, 12, "capsule is worse", "By 5.0 points.")) == [first]
    others = [
        Annotation("warning", PROMPTS, 12, "capsule is worse", ""),
        Annotation("error", Path("prompts.toml"), 12, "capsule is worse", ""),
        Annotation("error", PROMPTS, 13, "capsule is worse", ""),
        Annotation("error", PROMPTS, 12, "gear is worse", ""),
    ]
    assert len({first, *_fingerprints(*others)}) == 5


def test_two_findings_in_one_place_have_two_fingerprints() -> None:
    assert len(set(_fingerprints(WORSE, WORSE, WORSE))) == 3


def test_a_path_starts_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "repository"
    (root / "cases").mkdir(parents=True)
    assert relative(root / "cases" / "p.toml", root) == PROMPTS.with_name("p.toml")
    assert relative(Path("repository/cases/../p.toml"), root) == Path("p.toml")
    assert relative(root / ".." / "p.toml", root) == tmp_path / "p.toml"
    assert relative(tmp_path / "p.toml", root) == tmp_path / "p.toml"


def test_a_link_in_the_repository_is_a_file_of_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "elsewhere.toml").touch()
    (root / "p.toml").symlink_to(tmp_path / "elsewhere.toml")
    (tmp_path / "link").symlink_to(root)
    assert relative(root / "p.toml", root) == Path("p.toml")
    assert relative(tmp_path / "link" / "q.toml", root) == Path("q.toml")


@pytest.mark.parametrize("name", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_in_a_workflow_the_root_is_its_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    inner = tmp_path / "checkout" / "inner"
    (inner / ".git").mkdir(parents=True)
    monkeypatch.setenv(name, str(tmp_path / "checkout"))
    assert repository_root(inner) == tmp_path / "checkout"
    monkeypatch.setenv(name, str(tmp_path / "other"))
    assert repository_root(inner) == inner


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_elsewhere_the_root_is_the_nearest_folder_with_a_git_in_it(tmp_path: Path, kind: str) -> None:
    deep = tmp_path / "repository" / "cases" / "deep"
    deep.mkdir(parents=True)
    git = tmp_path / "repository" / ".git"
    git.mkdir() if kind == "folder" else git.touch()
    assert repository_root(deep) == repository_root(deep / "p.toml") == tmp_path / "repository"


def test_without_a_repository_the_root_is_where_one_looked_from(tmp_path: Path) -> None:
    if any((folder / ".git").exists() for folder in tmp_path.parents):
        pytest.skip("the temporary folder lies in a repository")
    assert repository_root(tmp_path) == tmp_path
