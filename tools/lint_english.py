"""Find phrases that the house style replaces. Print file:line: phrase: suggestion; exit with 1 if there are any.

    python tools/lint_english.py [FILE ...]

Without arguments, all documents and sources of the project are read: the comments and strings of a source, and
everything in a document except code blocks. A phrase may continue on the next line.
"""

import io
import re
import sys
import token
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "minpack", "bench", "examples", "tools", "docs", "tests", ".github")
FILES = ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "meson.build", ".ci/run")
# these two quote the phrases
NOT_READ = {ROOT / "tools" / "lint_english.py", ROOT / "tests" / "test_lint_english.py"}


@dataclass(frozen=True)
class Rule:
    """A pattern, in which a space stands for any white space, and advice; `unless` exempts a sentence that has it."""

    pattern: str
    advice: str
    unless: str = "(?!)"

    def found(self, prose: str) -> Iterator[tuple[int, str]]:
        """The position and the words of each phrase."""
        for match in re.finditer(self.pattern.replace(" ", r"\s+"), prose, re.MULTILINE):
            sentence = re.split(r"[.;:!?]\s|\0", prose[: match.end()][-300:])[-1]
            if not re.search(self.unless.replace(" ", r"\s+"), sentence):
                phrase = match[0].lstrip(" \n\t\0.;:-*")
                yield match.end() - len(phrase), " ".join(phrase.split())


# one word, or code; words between two others; the start of a sentence; what is shared out, and among what
WORD = r"[\w`.'/()-]+"
WORDS = rf"(?:{WORD} ){{1,8}}?"
START = r"(?:(?:^|\0)\s*(?:[-*]\s)?|(?<=[.;:]\s))"
SHARE = r"one|rows?|elements?|seconds|microseconds|[Bb]ytes|us|ms|predictors?|deviations?|wheels?|routines?|digits"
UNIT = r"fit|point|row|parameter|residual|data point|call|line|column|lane|second|core|process|version|side|reflection"

RULES = [
    # a condition is not a place
    Rule(r"\b(?:None|NULL|FALSE|False|True|empty|TypeError|ValueError|ImportError) where\b", "if"),
    Rule(r"\b[Ww]here (?:it|they|this|that|these|one) (?:can|could|cannot|may|must|has|have|had|does|do|did|fails?)\b",
         "if, or when"),
    Rule(rf"\b[Ww]here {WORD} (?:is|are|was|were) (?:not )?"
         r"(?:None|NULL|given|true|false|compiled|singular|wanted|NaN|installed|needed)\b", "if, or when"),
    Rule(r"\b[Ww]here (?:wanted|said|given)\b", "if, or when"),
    Rule(r"\b[Ww]here no \w+ (?:is|was|can)\b", "if no"),
    Rule(r"[.;:] [Ww]here (?!to\b)[^.?!,;:\0]{3,90},", "if, or when"),
    # a share is "per" something
    Rule(rf"\b(?:{SHARE}) an? (?:{UNIT})\b", "per"),
    # minpack raises, reports, passes, shows
    Rule(r"\b(?:(?:is|are|was|be|been|unless) told|[Tt]old of)\b", "say who raises, reports or passes what"),
    # on its own, or only
    Rule(rf"\b(?:[Nn]eeds?|[Ww]ith|[Ff]rom|[Bb]y|[Oo]f|[Hh]olds?) {WORD} alone\b", "only, or on its own"),
    Rule(r"\b(?:it|they) (?:has|have|had|gives?) alone\b|\b[Tt]he (?:\w+'?s? )?\w+ alone\b", "on its own",
         unless=r"\b(?:[Ll]eave|leaves|left|[Ll]et) "),
    # subject, verb, object
    Rule(rf"{START}What (?!to\b)(?:(?:is|are|does|may|can|must) {WORDS}|(?:{WORD} ){{2,5}})(?:is|are) ",
         "subject, verb, object", unless=r"\b(?:that|which|who|whose|where|if|when|as) |\?"),
    Rule(rf"{START}Of (?!course\b)", "subject, verb, object"),
    Rule(r"\b[Bb]ut for\b", "except", unless=r"\bnot\b"),
    # idioms of no language
    Rule(r"\bto be had\b", "available"),
    Rule(r"\bin the place of\b", "instead of"),
    Rule(r"\bin any company\b|\bonly company\b", "whatever else is there"),
    Rule(r"\b[Tt]he same of\b", "the same for"),
    Rule(r"\b(?:by|of|to|after|about) so many\b", "that many, or name the number"),
    Rule(r"\bby (?:fixed|epsfcn|absolute_sigma)\b", "with fixed=..."),
    # {argument} must be X; got Y
    Rule(r"\bmust (?:be|have|return|give)\b[^.\0\n]{1,90}, not (?=[{%])", "must be X; got Y"),
]  # fmt: skip


def kept(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with all but these spans and white space blanked out, so that positions stay what they are."""
    result, end = [], 0
    for first, last in spans:
        result += [re.sub(r"\S", "\0", text[end:first]), text[first:last]]
        end = last
    return "".join([*result, re.sub(r"\S", "\0", text[end:])])


def blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def of_document(text: str) -> str:
    """Markdown without its code blocks."""
    return re.sub(r"^```(?!\{eval-rst\}).*?^```", lambda block: re.sub(r"\S", "\0", block[0]), text, flags=re.M | re.S)


def of_python(text: str) -> str:
    """Comments and strings; of docstrings, what is not an example."""
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    prose = {token.STRING, token.COMMENT, getattr(token, "FSTRING_MIDDLE", token.STRING)}
    spans = [
        (lines[item.start[0] - 1] + item.start[1], lines[item.end[0] - 1] + item.end[1])
        for item in tokenize.generate_tokens(io.StringIO(text).readline)
        if item.type in prose
    ]
    result = kept(text, spans)
    result = re.sub(r"^[ \t]*(?:>>>|\.\.\. ).*$", lambda example: re.sub(r"\S", "\0", example[0]), result, flags=re.M)
    return re.sub(r"^[ \t]*#|[#\"]|\\[nt]|(?<!\w)'|'(?!\w)", blank, result, flags=re.M)


def of_c(text: str) -> str:
    """Comments and strings."""
    found = re.finditer(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", text, re.S)
    return re.sub(r"^\s*\*(?!/)|/\*|\*/|//|\\[nt]|\"", blank, kept(text, [item.span() for item in found]), flags=re.M)


def of_fortran(text: str) -> str:
    """Comments."""
    found = re.finditer(r"![^\n]*", text)
    return re.sub(r"!+[<>]?|\"", blank, kept(text, [item.span() for item in found]))


def of_script(text: str) -> str:
    """Comments and strings in double quotes."""
    found = re.finditer(r"(?:(?<=\s)|^)#[^\n]*|\"(?:\\.|[^\"\\\n])*\"", text, re.M)
    return re.sub(r"(?:(?<=\s)|^)#|\"", blank, kept(text, [item.span() for item in found]), flags=re.M)


READERS = {".md": of_document, ".py": of_python, ".pyi": of_python, ".c": of_c, ".h": of_c, ".f90": of_fortran,
           ".inc": of_fortran}  # fmt: skip


def check(path: Path) -> Iterator[tuple[int, str, str]]:
    """The line, phrase and advice of all that the rules find in a file."""
    prose = READERS.get(path.suffix, of_script)(path.read_text(encoding="utf-8"))
    found = [(*place, rule.advice) for rule in RULES for place in rule.found(prose)]
    end = 0
    for position, phrase, advice in sorted(found, key=lambda one: (one[0], -len(one[1]))):
        if position >= end:  # else it is part of the phrase before it
            end = position + len(phrase)
            yield prose.count("\n", 0, position) + 1, phrase, advice


def files() -> Iterator[Path]:
    """All that the project consists of."""
    yield from (ROOT / name for name in FILES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            scripts = path.is_file() and path.suffix in ("", ".build", ".yml")
            if (path.suffix in READERS or scripts) and path not in NOT_READ and "__pycache__" not in path.parts:
                yield path


def main(arguments: list[str]) -> int:
    count = 0
    for path in [Path(name).resolve() for name in arguments] or files():
        for line, phrase, advice in check(path):
            print(f"{path.relative_to(ROOT)}:{line}: {phrase}: {advice}")
            count += 1
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
