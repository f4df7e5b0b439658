"""python -m analysis: the file it writes and what it says of bad input."""

import csv
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import find_themes
from analysis.__main__ import main
from analysis.command.listing import listing
from analysis.command.options import parser
from analysis.command.read_answers import ReadAnswers, read_answers
from analysis.command.write_themes import COLUMNS
from tests.support.toy_model import ToyModel

ANSWERS = [
    "Listen, be honest and laugh a lot",
    "idk",
    "",
    "=1+1 is two: trust each other",
    "Two lines:\nbe patient\nsay thank you",
    'She said "trust", he said \u0627\u0644\u062b\u0642\u0629',
    "call 555-0199, we always talk",
]


@pytest.fixture
def answers_file(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "answer"])
        writer.writerows(enumerate(ANSWERS))
    return path


@pytest.mark.slow
def test_a_codebook_that_fits_badly_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answers.csv"
    said = [
        f"the {shape} {thing} glows"
        for shape in ("round", "square", "flat")
        for thing in ["lamp", "moth", "moss", "gas", "ore"]
    ]
    file.write_text("answer\n" + "\n".join(said), encoding="utf-8")
    assert main([str(file), "--codebook", "relationships"]) == 0
    assert "The codebook relationships does not fit these answers" in capsys.readouterr().err
    assert main([str(file), "--codebook", "none"]) == 0
    assert "does not fit" not in capsys.readouterr().err


@pytest.mark.slow
def test_the_files_hold_what_the_contract_says(answers_file: Path, tmp_path: Path) -> None:
    output, report = tmp_path / "themes.csv", tmp_path / "report.json"
    assert main([str(answers_file), "-o", str(output), "--json", str(report), "--seed", "0"]) == 0
    assert output.read_bytes().startswith(b"\xef\xbb\xbf")  # without it Excel on Windows takes it for Windows-1252
    with output.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == COLUMNS
        rows = list(reader)
    assert {int(row["row"]) for row in rows} == set(range(len(ANSWERS)))
    for row in rows:
        answer = ANSWERS[int(row["row"])]
        assert row["answer"] == answer
        assert row["quote"] in ("0", "1")
        if row["status"] == "nonanswer":
            assert [row[field] for field in COLUMNS[2:5]] == ["", "", ""]
            continue
        assert answer[int(row["start"]) : int(row["end"])] == row["idea"]
        assert (row["status"] == "placed") == bool(row["theme_id"]) == bool(row["theme"]) == bool(row["strength"])
        if row["status"] == "placed":
            assert row["origin"] in ("codebook", "discovered")
            assert 0 <= float(row["strength"]) <= 1
        if row["quote"] == "1":
            assert "555" not in row["idea"]
    assert [int(row["row"]) for row in rows if row["status"] == "nonanswer"] == [1, 2]
    themes = {row["theme_id"] for row in rows if row["idea"] in ("Listen", "be honest", "laugh a lot")}
    assert {"listening", "honesty", "humour"} <= themes
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["saturation"]["people"] > 0
    assert (told["answers"], told["nonanswers"]) == (7, 2)
    assert {theme["key"] for theme in told["themes"]} == {row["theme_id"] for row in rows} - {""}


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (None, [], "There is no file"),
        (b"", [], "is empty"),
        (b"answer\n", [], "has no answers"),
        (b'answer\n" "\n""\n', [], "has no answers"),
        (b"answer\n9\n28\n79\n", [], "no column 'answer' of texts, and none that looks like answers"),
        (b"id,n\n1,7\n2,8\n", [], "none that looks like answers; name it with --column: id, n"),
        (b"answer\ntrust\n", ["--column", "reply"], "no column 'reply'; its columns are: answer"),
        (b"answer\ntrust\n", ["--encoding", "klingon"], "no encoding called"),
        (b"PK\x03\x04 no workbook", [], "in.csv:"),
        (b"answer\ntrust\n", ["-o", "{tmp}/in.csv"], "is the file of the answers"),
        (b"answer\ntrust\n", ["--qdpx", "{tmp}/no/folder/a.qdpx"], "cannot be written"),
        (b"answer\ntrust\n", ["--codebook", "nosuch"], "no codebook 'nosuch'"),
        (b"answer\ntrust\n", ["--codebook", "nosuch.toml"], "no codebook file"),
        (b"answer\ntrust\n", ["-o", "{tmp}/no/folder/out.csv"], "cannot be written"),
        (b"answer\ntrust\n", ["-o", "{tmp}"], "cannot be written"),
        (b"answer\ntrust\n", ["--json", "{tmp}/no/folder/report.json"], "cannot be written"),
        pytest.param(b"answer\ntrust\n", ["--model", "{tmp}/no-model"], "There is no model", marks=pytest.mark.slow),
    ],
)
def test_bad_input_ends_with_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, arguments: list[str], message: str
) -> None:
    path = tmp_path / "in.csv"
    if content is not None:
        path.write_bytes(content)
    given = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    with pytest.raises(SystemExit) as ending:
        main([str(path), "-o", str(tmp_path / "out.csv"), *given])
    assert ending.value.code == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_is_no_file_of_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main([str(tmp_path), "-o", str(tmp_path / "out.csv")])
    assert ending.value.code == 2
    assert "cannot be read" in capsys.readouterr().err


def _read(path: Path, *options: str) -> ReadAnswers:
    return read_answers(parser().parse_args([str(path), *options]))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"id,answer\n1,{'a' * 200_000}\n2\n\n4,trust\n", {0: "a" * 200_000, 1: "", 2: "trust"}),
        ("id,answer\n1,trust\n,\n\n3,care\n,\n", {0: "trust", 1: "", 2: "care", 3: ""}),
        ('answer\n""\ntrust\n\n" care "\n', {0: "", 1: "trust", 2: " care "}),
        ("answer\nn/a\nnothing at all\n", {0: "n/a", 1: "nothing at all"}),
        ("PK,answer\n1,trust\n\n2,care\n\n3,time\n", {0: "trust", 1: "care", 2: "time"}),
    ],
    ids=["large cells, short rows", "blank cells", "one column", "placeholders", "starts like a packed file"],
)
def test_row_is_the_place_in_the_table_as_pandas_counts(tmp_path: Path, content: str, expected: dict[int, str]) -> None:
    path = tmp_path / "in.csv"
    path.write_text(content, encoding="utf-8")
    given = _read(path)
    found = dict(zip(given.rows, given.texts, strict=True))
    assert {row: text for row, text in expected.items() if row in found or text} == found
    column = pd.read_csv(path, dtype=str, keep_default_na=False)["answer"]
    assert {row: column[row] for row in found} == found


@pytest.mark.parametrize(
    ("content", "options", "texts", "understood"),
    [
        (
            "Zeitstempel;Was wünschen Sie sich?\n01.03.2026;Mehr Bäume am Bahnhof\n02.03.2026;Längere Öffnungszeiten\n",
            [],
            ["Mehr Bäume am Bahnhof", "Längere Öffnungszeiten"],
            "semicolons, 1 header row",
        ),
        ("n|wish\n1|More buses\n2|Fewer cars\n", ["--column", "wish"], ["More buses", "Fewer cars"], "bars"),
        ("More buses\nFewer cars\n", ["--header-rows", "0"], ["More buses", "Fewer cars"], "no header row"),
        ("id\tAnswer\n1\t<p>More &amp; later buses</p>\n2\t<p>Fewer<br>cars</p>\n", ["--delimiter", "tab"],
         ["More & later buses", "Fewer\ncars"], "tabs"),
    ],
    ids=["by content", "by name", "no header", "HTML"],
)  # fmt: skip
def test_files_are_read_as_the_site_reads_them(
    tmp_path: Path, content: str, options: list[str], texts: list[str], understood: str
) -> None:
    for encoding in ("utf-8", "utf-16", "cp1252"):
        path = tmp_path / f"{encoding} réponses.csv"
        path.write_bytes(content.encode(encoding))
        given = _read(path, *options)
        assert list(given.texts) == texts, encoding
        assert list(given.rows) == list(range(len(texts)))
        assert understood in given.understood[0]
    given = _read(path, *options, "--encoding", "windows-1252")
    assert list(given.texts) == texts


def test_previews_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "qualtrics.csv"
    rows = [
        ["StartDate", "EndDate", "Status", "ResponseId", "Q1"],
        ["Start Date", "End Date", "Response Type", "Response ID", "What would help you?"],
        *[['{"ImportId":"startDate"}', '{"ImportId":"endDate"}', '{"ImportId":"status"}', '{"ImportId":"_recordId"}',
           '{"ImportId":"QID1_TEXT"}']],
        ["2026-03-01 10:00:00", "2026-03-01 10:01:00", "Survey Preview", "R_1", "just trying"],
        ["2026-03-01 10:00:00", "2026-03-01 10:01:00", "IP Address", "R_2", "More buses at night"],
        ["2026-03-01 10:00:00", "2026-03-01 10:01:00", "IP Address", "R_3", "Longer library hours on Sundays"],
    ]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    given = _read(path)
    assert dict(zip(given.rows, given.texts, strict=True)) == {
        1: "More buses at night",
        2: "Longer library hours on Sundays",
    }
    assert "3 header rows, from Qualtrics" in given.understood[0]
    assert "1 more left out: previews or tests" in given.understood[1]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        pd.DataFrame({"answer": ["not this one"]}).to_excel(book, sheet_name="First", index=False)
        pd.DataFrame({"answer": ["More buses", None, "Fewer cars"]}).to_excel(book, sheet_name="Zweites", index=False)
    given = _read(path, "--sheet", "Zweites")
    assert dict(zip(given.rows, given.texts, strict=True))[2] == "Fewer cars"
    assert "sheet 'Zweites' of 2" in given.understood[0]
    with pytest.raises(Exception, match="Nowhere"):
        _read(path, "--sheet", "Nowhere")


BUSES = [f"{text}{end}" for text in ("More buses at night", "Night buses every hour") for end in ("", ", please", "!!")]
HOURS = [
    f"{text}{end}" for text in ("Longer library hours", "The hours of the library") for end in ("", " please", "!")
]


@pytest.fixture
def wishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of wishes, found in by the toy model."""
    monkeypatch.setattr("analysis.__main__.load", lambda model, keep: ToyModel())
    path = tmp_path / "wishes.csv"
    pd.DataFrame({"answer": [*BUSES, *HOURS, "idk", "=1+1 library hours"]}).to_csv(path, index=False)
    return path


def test_every_ending_holds_the_same(wishes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = {ending: tmp_path / f"themes.{ending}" for ending in ("csv", "xlsx", "json", "parquet")}
    for path in paths.values():
        assert main([str(wishes), "-o", str(path), "--codebook", "none"]) == 0
    frames = {
        "csv": pd.read_csv(paths["csv"]).astype({"quote": bool}),
        "xlsx": pd.read_excel(paths["xlsx"], sheet_name="Ideas"),
        "json": pd.DataFrame(json.loads(paths["json"].read_text(encoding="utf-8"))),
        "parquet": pd.read_parquet(paths["parquet"]),
    }
    first = frames["csv"]
    assert set(first["row"]) == set(range(len(BUSES) + len(HOURS) + 2))
    assert first["quote"].any()
    for name, frame in frames.items():
        assert tuple(frame.columns) == COLUMNS, name
        wanted, there = (each.astype(object).where(each.notna(), None).values.tolist() for each in (first, frame))
        assert there == wanted, name
    themes = pd.read_excel(paths["xlsx"], sheet_name="Themes")
    assert set(themes["theme"]) == set(first["theme"].dropna())
    told = capsys.readouterr()
    assert told.err.count("Written: ") == 4


def test_another_ending_is_refused_before_anything_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "none.csv"), "-o", str(tmp_path / "THEMES.doc")])
    assert ended.value.code == 2
    assert "THEMES.doc: write .csv, .xlsx, .json or .parquet" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_themes_are_printed_and_a_file_is_not_needed(wishes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(wishes), "--codebook", "none"]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert "themes in 13 answers" in lines[0]
    assert "1 more say nothing" in lines[0]
    assert [line.split(".")[0].strip() for line in lines[2:] if line[:3].strip().isdigit()] == ["1", "2", "3"]
    assert any(line.strip().startswith("“") and line.endswith("”") for line in lines)
    assert "Answers: the column 'answer' (by its name); 14 rows, 0 of them blank." in told.err
    assert "themes in" not in told.err


def test_answers_come_from_standard_input(
    wishes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with wishes.open("rb") as file:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=file))
        assert main(["-", "--codebook", "none"]) == 0
    told = capsys.readouterr()
    assert "standard input: CSV" in told.err
    assert "themes in 13 answers" in told.out


def test_refi_qda_files_are_written(wishes: Path, tmp_path: Path) -> None:
    project, codes = tmp_path / "wünsche.qdpx", tmp_path / "themes.qdc"
    assert main([str(wishes), "--codebook", "none", "--qdpx", str(project), "--qdc", str(codes)]) == 0
    with zipfile.ZipFile(project) as archive:
        text = archive.read("project.qde").decode()
    assert text.count("<TextSource ") == len(BUSES) + len(HOURS) + 2
    assert "<CodeBook" in codes.read_text(encoding="utf-8")


def test_the_listing_steers_no_terminal_and_shows_no_address() -> None:
    steering = "night buses \x1b[31mred\x07 and \u202eturned\u202c, says me@example.org"
    found = find_themes([f"{steering} {end}" for end in ("now", "soon", "always", "please")] * 3, model=ToyModel())
    printed = listing(found)
    assert len(found) > 0
    assert not set("\x1b\x07\u202e") & set(printed)
    assert "example.org" not in printed


@pytest.mark.slow
def test_what_the_model_cannot_read_is_said_with_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, report = tmp_path / "in.csv", tmp_path / "report.json"
    foreign = ["ᎠᏓᏁᎸ ᎤᏍᏗ ᎢᎦᎢ", "ᎣᏏᏲ ᏂᎦᏓ", "Безнең шәһәрдә җәяүлеләр өчен яңа күпер төзергә кирәк"]
    path.write_text("answer\n" + "\n".join([*foreign, *["The bridge is narrow"] * 3]), encoding="utf-8")
    assert main([str(path), "-o", str(tmp_path / "out.csv"), "--json", str(report), "--codebook", "none"]) == 0
    told = capsys.readouterr().err
    notices = json.loads(report.read_text(encoding="utf-8"))["notices"]
    assert [notice.split(" ", 1)[0] for notice in notices] == ["The", "1", "2"]
    assert "The answers are in English (3), Tatar (1)." in notices[0]
    assert "1 answer is in Tatar, which multilingual-e5-small" in notices[1]
    assert "2 answers are in a script that" in notices[2]
    assert all(notice in told for notice in notices)


@pytest.mark.slow
def test_quotes_in_the_report_are_masked(tmp_path: Path) -> None:
    path, report = tmp_path / "in.csv", tmp_path / "report.json"
    texts = [f"The bridge is too narrow @TownHall see https://a.example/{number}" for number in range(14)]
    path.write_text("answer\n" + "\n".join(texts), encoding="utf-8")
    assert main([str(path), "-o", str(tmp_path / "out.csv"), "--json", str(report), "--codebook", "none"]) == 0
    themes = json.loads(report.read_text(encoding="utf-8"))["themes"]
    assert themes
    assert all(theme["quotes"] for theme in themes)
    for theme in themes:
        assert not any(word in theme["name"].lower() for word in ("other", "example", "townhall"))
        assert all("[link]" in quote["text"] and "example" not in quote["text"] for quote in theme["quotes"])


def test_our_own_export_is_read_as_the_site_reads_it(tmp_path: Path) -> None:
    header = "answer_id,answer,kind,source,received_at,status,placement\r\n"
    lines = [
        ("aa11", "'=1+1 is two", "shown"),
        ("bb22", "'- be kind", "shown"),
        ("cc33", "'tis the season", "shown"),
        ("dd44", "not for readers", "hidden"),
        ("bb22", "'- be kind", "shown"),
        ("ee55", "N/A", "shown"),
    ]
    path = tmp_path / "lasting-answers.csv"
    body = "".join(f'{key},"{text}",,api,2026-03-19T07:40:00Z,{status},\r\n' for key, text, status in lines)
    path.write_text("\ufeff" + header + body, encoding="utf-8")
    found = read_answers(parser().parse_args([str(path), "-o", str(tmp_path / "o.csv")]))
    assert found.texts == ("=1+1 is two", "- be kind", "'tis the season", "N/A")


@pytest.mark.slow
def test_themes_are_named_in_the_language_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("answer\nlisten\nbeing a good listener\nhonesty\nalways tell the truth\n", encoding="utf-8")
    assert main([str(path), "-o", str(out), "--language", "it"]) == 0
    assert {row["theme"] for row in csv.DictReader(out.open(encoding="utf-8-sig"))} == {"Ascoltare", "Onestà"}
    with pytest.raises(SystemExit) as ended:
        main([str(path), "-o", str(out), "--language", "klingon"])
    assert ended.value.code == 2
    assert "'klingon' is no language" in capsys.readouterr().err


def test_converted_encoders_are_kept_where_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path | None] = []

    def load(model: str, keep: Path | None) -> ToyModel:
        asked.append(keep)
        return ToyModel()

    monkeypatch.setattr("analysis.__main__.load", load)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    answers = tmp_path / "answers.csv"
    answers.write_text("answer\nWe listen\nWe laugh\n")
    for more in (["--keep", str(tmp_path / "own")], ["--keep", "none"], []):
        assert main([str(answers), "--codebook", "none", *more]) == 0
    assert asked == [tmp_path / "own", None, tmp_path / "home" / ".cache" / "common-threads"]
