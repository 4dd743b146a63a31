"""The workflows of docs/ci can be copied: their form is right, and so are the commands in them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from iad_eval.cli import main
from iad_eval.options import OPTIONS

DOCS = Path(__file__).parents[1] / "docs"
WORKFLOWS = {
    "github-gpu.yml": "vendor.github-workflows",
    "github-endpoint.yml": "vendor.github-workflows",
    "gitlab.yml": "vendor.gitlab-ci",
}
TEXTS = [DOCS / "ci.md", *(DOCS / "ci" / name for name in WORKFLOWS)]
SURROUNDINGS = {
    "IAD_DATA": "/data/our parts",
    "IAD_ENDPOINT": "http://127.0.0.1:9/v1",
    "IAD_MODEL": "ours",
    "CHANGED_ONLY": "yes",
    "CI_MERGE_REQUEST_IID": "7",
}


def _lint(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_the_form_that_its_host_reads(name: str) -> None:
    done = _lint(WORKFLOWS[name], DOCS / "ci" / name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("github-gpu.yml", "runs-on:", "runs_on:"),
        ("github-endpoint.yml", "timeout-minutes: 120", "timeout-minutes: two hours"),
        ("gitlab.yml", "resource_group: gpu", "resource_group: [gpu]"),
    ],
)
def test_a_slip_of_the_pen_in_a_workflow_is_found(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    text = (DOCS / "ci" / name).read_text(encoding="utf-8")
    assert right in text
    broken = tmp_path / name
    broken.write_text(text.replace(right, wrong), encoding="utf-8")
    assert _lint(WORKFLOWS[name], broken).returncode == 1


@pytest.mark.parametrize("name", ["github-gpu.yml", "github-endpoint.yml"])
def test_every_job_ends_by_itself(name: str) -> None:
    assert _lint("custom.github-workflows-require-timeout", DOCS / "ci" / name).returncode == 0


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_option_and_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    flags = set(re.findall(r"--iad-[a-z-]+", text))
    assert flags
    assert flags <= {option.flag for option in OPTIONS}
    assert set(re.findall(r"^(iad_[a-z_]+) =", text, re.MULTILINE)) <= {option.name for option in OPTIONS}
    for command in set(re.findall(r"python -m iad_eval ([a-z-]+)", text)):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0, command


def test_the_page_names_every_workflow() -> None:
    page = (DOCS / "ci.md").read_text(encoding="utf-8")
    assert {path.name for path in (DOCS / "ci").iterdir()} == set(WORKFLOWS)
    assert set(re.findall(r"\]\(ci/([^)]+)\)", page)) == set(WORKFLOWS)


@pytest.mark.parametrize("name", ["github-gpu.yml", "github-endpoint.yml"])
def test_actions_are_pinned_by_their_major_version(name: str) -> None:
    used = re.findall(r"uses: (.*)", (DOCS / "ci" / name).read_text(encoding="utf-8"))
    assert used
    assert [each for each in used if not re.fullmatch(r"actions/[a-z/-]+@v\d+", each)] == []


def _scripts(name: str) -> Iterator[str]:
    """What the shell is given: a step of GitHub's, a line of GitLab's."""
    jobs = YAML(typ="safe").load(DOCS / "ci" / name)
    for job in jobs.get("jobs", jobs).values():
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)
        yield from job.get("script", ())


def _bash(script: str, folder: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """As both hosts start it; a pytest that fails stands in for the real one, and notes its arguments."""
    fake = folder / "bin" / "pytest"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > arguments\nexit 1\n', encoding="utf-8")
    fake.chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{fake.parent}:/usr/bin:/bin", **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )


ASKING = [(name, script) for name in WORKFLOWS for script in _scripts(name) if "pytest cases" in script]


@pytest.mark.parametrize(("name", "script"), ASKING, ids=[name for name, _ in ASKING])
def test_what_pytest_returns_is_what_the_step_returns(tmp_path: Path, name: str, script: str) -> None:
    assert _bash(script, tmp_path, **SURROUNDINGS).returncode == 1
    given = (tmp_path / "arguments").read_text(encoding="utf-8").splitlines()
    assert given[:3] == ["cases", "--iad-dataset", "folder:/data/our parts"]
    assert given[given.index("--iad-run") + 1] in ("runs/ci", "runs/main")
    assert "" not in given


@pytest.mark.parametrize(("name", "script"), ASKING, ids=[name for name, _ in ASKING])
def test_a_variable_that_is_not_set_is_named_before_anything_is_asked(
    tmp_path: Path, name: str, script: str
) -> None:
    done = _bash(script, tmp_path)
    assert done.returncode != 0
    assert "variable IAD_DATA" in done.stderr
    assert not (tmp_path / "arguments").exists()


def test_only_changed_cases_run_for_a_proposed_change_and_all_of_them_after_it(tmp_path: Path) -> None:
    ours = [(name, script) for name, script in ASKING if "${CHANGED_ONLY:+" in script or "_IID:+" in script]
    assert {name for name, _ in ours} == {"github-gpu.yml", "gitlab.yml"}
    merged = SURROUNDINGS | {"CHANGED_ONLY": "", "CI_MERGE_REQUEST_IID": ""}
    for _, script in ours:
        for surroundings, is_given in ((SURROUNDINGS, True), (merged, False)):
            _bash(script, tmp_path, **surroundings)
            assert ("--iad-changed-only" in (tmp_path / "arguments").read_text()) is is_given


@pytest.mark.parametrize("has_comparison", [True, False])
def test_the_summary_of_a_job_is_the_comparison_where_there_is_one(
    tmp_path: Path, has_comparison: bool
) -> None:
    if has_comparison:
        (tmp_path / "runs" / "ci").mkdir(parents=True)
        (tmp_path / "runs" / "ci" / "comparison.md").write_text("# Worse\n", encoding="utf-8")
    scripts = [script for script in _scripts("github-gpu.yml") if "GITHUB_STEP_SUMMARY" in script]
    assert len(scripts) == 1
    summary = tmp_path / "summary"
    summary.touch()
    assert _bash(scripts[0], tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert summary.read_text(encoding="utf-8") == ("# Worse\n" if has_comparison else "")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_script_is_one_that_the_shell_can_read(name: str) -> None:
    for script in _scripts(name):
        checked = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
