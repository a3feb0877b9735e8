"""The lint for English: each rule finds its phrases in text, and neither code nor good English."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import lint_english  # noqa: E402

BAD = [
    "Returns NULL where",
    "It is installed where it can be.",
    "The first row, where\nm is given.",
    "Results of their own where wanted.",
    "A drop-in where no parameter is bounded.",
    "It stops. Where S is singular, it goes on.",
    "One element a parameter.",
    "0.3 seconds a\nfit",
    "You are told.",
    "a wheel that needs NumPy alone",
    "the bits that it has alone",
    "What is seldom used is imported later.",
    "What it returns is copied.",
    "Of the time that it takes, most is lost.",
    "But for three cases, it is the same.",
    "It is not to be had here.",
    "one number in the place of two",
    "the same bits in any company",
    "The same of a batch.",
    "It ends after so many calls.",
    "Hold one of them by fixed.",
    "m must be positive, not {m}",
]
GOOD = """It says where it is. Leave the bounds alone. The point where the fit ended is a start; the gap, where no data
lie, is wide. What is a residual? Of course it is. Start from where it stopped, and stay away from the axis. It is good
for not one but for many. A run takes a second. Tell them apart. One parameter per row. m must be positive; got {m}
"""


@pytest.mark.parametrize("phrase", BAD)
@pytest.mark.parametrize(
    ("name", "text"),
    [("a.md", "{}"), ("a.py", '"""{}"""'), ("b.py", "x = 1  # {}"), ("a.c", "/* {} */"), ("a.h", 'char x[] = "{}";'),
     ("a.f90", "x = 1  !! {}"), ("a", "# {}")],
)  # fmt: skip
def test_bad_phrase_is_found(phrase: str, name: str, text: str, tmp_path: Path) -> None:
    mark = {"b.py": "\n       # ", "a.c": "\n * ", "a.h": "", "a.f90": "\n  !! ", "a": "\n# "}.get(name, "\n")
    phrase = phrase.replace("\n", mark if mark else " ")
    (tmp_path / name).write_text(text.replace("{}", phrase), encoding="utf-8")
    assert [line for line, *_ in lint_english.check(tmp_path / name)] != []


def test_every_rule_is_needed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("\n\n".join(BAD), encoding="utf-8")
    prose = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert [rule for rule in lint_english.RULES if not list(rule.found(prose))] == []
    assert next(lint_english.check(tmp_path / "a.md")) == (1, "NULL where", "if")


@pytest.mark.parametrize("name", ["a.md", "a"])
def test_good_english_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(GOOD if name == "a.md" else f'"{" ".join(GOOD.split())}"', encoding="utf-8")
    assert list(lint_english.check(tmp_path / name)) == []


def test_code_is_not_read(tmp_path: Path) -> None:
    texts = {"a.md": "```python\nNULL where\n```\n", "a.py": "x = y.alone(where=fixed)\n", "a.c": "int where; /* */\n",
             "b.py": '"""Text.\n\n>>> "one a parameter"\n"""\n'}  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert list(lint_english.check(tmp_path / name)) == [], name


def test_finding_fails_the_lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lint_english, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("Good.\n\nReturns None where\n", encoding="utf-8")
    assert lint_english.main([str(tmp_path / "a.md")]) == 1
    assert capsys.readouterr().out == "a.md:3: None where: if\n"
    (tmp_path / "a.md").write_text("Good.\n", encoding="utf-8")
    assert lint_english.main([str(tmp_path / "a.md")]) == 0


def test_documents_and_sources_are_read() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in lint_english.files()}
    assert {"README.md", "docs/howto/fit.md", "minpack/minpack.h", "src/_core/module.c", "Makefile"} <= names
    assert not [name for name in names if "__pycache__" in name]
