"""What the command line refuses: each with one line, status 2, and nothing written."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minpack._cli import main as _cli
from minpack._cli import reading
from minpack._cli.reading import read_table
from minpack._cli.table import TableError

matplotlib = pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs matplotlib")

LINE = "t,y,dy\n0,1,0.1\n1,2,0.1\n2,3.1,{}\n3,4,0.1\n"


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert _cli.main(arguments) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n"), err[:9]) == ("", 1, "minpack: ")
    assert len(err) < 500
    return err


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.csv"
    path.write_text(LINE.format("0.1"), encoding="utf-8")
    return path


@pytest.mark.parametrize("cell", ["1e-310", "5e-324"])
def test_sigma_without_a_finite_inverse(data: Path, capfd: pytest.CaptureFixture[str], cell: str) -> None:
    data.write_text(LINE.format(cell), encoding="utf-8")
    err = refused(capfd, "data.csv", "y = a + b*t", "--sigma", "dy")
    assert f"data.csv, line 4: column 'dy' has {float(cell):g}, whose inverse is not finite: use other units" in err
    err = refused(capfd, "data.csv", "y = a + b*t", "--sigma", cell)
    assert f"--sigma: the inverse of {float(cell):g} is not finite: use other units" in err


def test_sigma_with_a_finite_inverse(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The smallest, nearly: one bit more than the inverse of the largest number."""
    data.write_text(LINE.format("5.6e-309"), encoding="utf-8")
    assert _cli.main(["data.csv", "y = a + b*t", "--sigma", "dy", "--quiet"]) in (0, 1)
    assert _cli.main(["data.csv", "y = a + b*t", "--sigma", "5.6e-309", "--quiet"]) in (0, 1)


@matplotlib
@pytest.mark.parametrize("form", ["pgf", "ps", "jpg", "svgz", "raw"])
def test_only_the_types_of_pictures_that_help_names(
    data: Path, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    """Matplotlib has more, and some of them start programs."""
    err = refused(capfd, "data.csv", "y = a + b*t", "--plot", f"fit.{form}")
    assert "the name must end in .png, .pdf or .svg" in err
    assert [path.name for path in data.parent.iterdir()] == ["data.csv"]


@matplotlib
@pytest.mark.parametrize("way", ["same name", "other path", "symbolic link", "standard input"])
def test_the_picture_does_not_overwrite_the_table(data: Path, capfd: pytest.CaptureFixture[str], way: str) -> None:
    table = data.rename(data.with_name("data.png"))
    text = table.read_text(encoding="utf-8")
    plot = {"other path": f"../{data.parent.name}/data.png", "symbolic link": "link.png"}.get(way, "data.png")
    (data.parent / "link.png").symlink_to("data.png")
    if way == "standard input":
        command = [sys.executable, "-m", "minpack", "-", "y = a + b*t", "--plot", plot]
        with table.open("rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, "is the input" in done.stderr) == (2, "", True)
    else:
        assert f"--plot {plot!r}: is the input" in refused(capfd, "data.png", "y = a + b*t", "--plot", plot)
    assert table.read_text(encoding="utf-8") == text


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
@pytest.mark.parametrize(("more", "status"), [("", 2), ("--json", 2), ("--quiet", 0)])
def test_standard_output_is_closed(data: Path, more: str, status: int) -> None:
    command = f'"{sys.executable}" -m minpack data.csv "y = a + b*t" {more} >&-'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr == ("minpack: standard output is closed\n" if status else "")


@pytest.mark.parametrize(
    "arguments",
    [["--p0", "a={},b=1"], ["--p0", "{}"], ["--p0", "a{}=1,a{}=1"], ["--fix", "a={}x"], ["--ftol", "-{}"],
     ["--bounds", "a={}"], ["--x", "{}"], ["--maxfev", "{}"], ["--derived", "{}"], ["--{}"], ["--level", "{}"],
     ["--sigma", "a{}"], ["--plot", "a{}"]],
    ids=" ".join,
)  # fmt: skip
def test_a_long_argument_is_shortened(data: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    if "--plot" in arguments:
        pytest.importorskip("matplotlib")
    digits = "123456789" * 11_000
    err = refused(capfd, "data.csv", "y = a + b*t", *(argument.format(digits, digits) for argument in arguments))
    assert "12345678" in err


@matplotlib
def test_a_picture_with_a_name_that_no_folder_takes(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status = _cli.main(["data.csv", "y = a + b*t", "--plot", "1" * 100_000 + ".png"])
    out, err = capfd.readouterr()
    assert (status, err.count("\n"), len(err) < 500, "1111" in out) == (2, 1, True, False)
    assert err.startswith("minpack: --plot '1111")


def test_tables_that_are_too_wide(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for separator in ",; \t":
        text = separator.join(["1"] * (reading.MAX_COLUMNS + 1))
        with pytest.raises(TableError, match=r"^f, line 1: more than 100000 columns$"):
            read_table(text.encode(), "f")
        assert read_table(text[2:].encode(), "f").width == reading.MAX_COLUMNS
    data.write_bytes(b"," * 2**24)
    assert "data.csv, line 1: more than 100000 columns" in refused(capfd, "data.csv", "y = a + b*t")


def test_tables_of_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CELLS", 12)
    assert len(read_table(b"a,b\n" + b"1,2\n" * 6, "f").rows) == 6
    with pytest.raises(TableError, match=r"^f, line 8: more than 12 cells$"):
        read_table(b"a,b\n" + b"1,2\n" * 7, "f")
