"""The documents are true: code runs, settings and codes are listed, promised tests exist, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kgsync.errors import Code
from kgsync.server.settings import Settings
from tests.harness import running_server

ROOT = Path(__file__).parent.parent.parent
DOCS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `KGSYNC_(\w+)` \| (.*?) \|", _text("docs/operations.md"), re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default = "none" if field.default is None else str(field.default).removesuffix(".0").lower()
        assert rows[name.upper()].strip("`").lower() == default, name


def test_every_code_is_listed() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", _text("docs/errors.md"), re.MULTILINE)
    assert {(int(number), name) for number, name in rows} == {(int(code), code.name) for code in Code}


def test_the_page_about_plain_http_runs() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", _text("docs/http.md"), re.DOTALL))
    with running_server() as server:
        names: dict[str, Any] = {"url": server.url, "password": server.password}
        exec(compile(code, "docs/http.md", "exec"), names)
    assert names["result"]["syncDate"] > names["replica"]["syncDate"]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_and_promised_tests_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    targets = [t for t in re.findall(r"\]\(([^)#]+)", text) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []
    promised = re.findall(r"`((?:tests|scripts|kgsync|protos)/[\w./]+)", text)
    assert [p for p in promised if not (ROOT / p).exists()] == []


def test_every_law_names_tests_that_exist() -> None:
    laws = re.split(r"^\d+\. ", _text("docs/laws.md").split("## ")[0], flags=re.MULTILINE)[1:]
    assert len(laws) == 12
    for law in laws:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", law)
        assert named, f"no test proves: {law[:40]}"
        for file, test in named:
            assert not test or re.search(rf"^(async )?def {test}\(", _text(file), re.MULTILINE), f"{file}::{test}"


def test_tests_named_in_the_documents_exist() -> None:
    for page in DOCS:
        for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text()):
            assert re.search(rf"^(async )?def {test}\(", _text(file), re.MULTILINE), f"{page.name}: {file}::{test}"


def test_the_version_has_its_line_in_the_changelog() -> None:
    version = re.search(r'^version = "(.+)"', _text("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## {version[1]}" in _text("CHANGELOG.md")


def test_the_scripts_the_readme_names_are_executable() -> None:
    for name in re.findall(r"^(scripts/\w+)", _text("README.md"), re.MULTILINE):
        assert (ROOT / name).stat().st_mode & 0o111
