"""python -m analysis: the file it writes and what it says of bad input."""

import csv
import json
from pathlib import Path

import pytest

from analysis.__main__ import COLUMNS, main, read_answers

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
def test_the_files_hold_what_the_contract_says(answers_file: Path, tmp_path: Path) -> None:
    output, report = tmp_path / "themes.csv", tmp_path / "report.json"
    assert main([str(answers_file), "-o", str(output), "--json", str(report), "--seed", "0"]) == 0
    with output.open(encoding="utf-8", newline="") as file:
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
        (b"id,text\n1,trust\n", [], "no column 'answer'; its columns are: id, text"),
        (b"answer\ntrust\n", ["--column", "reply"], "no column 'reply'; its columns are: answer"),
        (b"answer\ncaf\xe9\n", [], "not UTF-8"),
        ("answer\ntrust\n".encode("utf-16"), [], "not UTF-8"),
        (b"answer\ntrust\n", ["--codebook", "nosuch"], "no codebook 'nosuch'"),
        (b"answer\ntrust\n", ["--codebook", "nosuch.toml"], "no codebook file"),
        (b"answer\ntrust\n", ["-o", "{tmp}/no/folder/out.csv"], "cannot be written"),
        (b"answer\ntrust\n", ["-o", "{tmp}"], "cannot be written"),
        (b"answer\ntrust\n", ["--json", "{tmp}/no/folder/report.json"], "cannot be written"),
        (b"answer\ntrust\n", ["--model", "{tmp}/no-model"], "cannot be loaded"),
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


def test_large_cells_short_rows_and_blank_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"id,answer\n1,{'a' * 200_000}\n2\n\n4,trust\n", encoding="utf-8")
    assert [len(answer) for answer in read_answers(path, "answer")] == [200_000, 0, 5]


@pytest.mark.slow
def test_what_the_model_cannot_read_is_said_with_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, report = tmp_path / "in.csv", tmp_path / "report.json"
    foreign = ["สะพานแคบเกินไป", "橋は、狭い", "El puente es muy estrecho pero no hay otro"]
    path.write_text("answer\n" + "\n".join([*foreign, *["The bridge is narrow"] * 3]), encoding="utf-8")
    assert main([str(path), "-o", str(tmp_path / "out.csv"), "--json", str(report), "--codebook", "none"]) == 0
    told = capsys.readouterr().err
    notices = json.loads(report.read_text(encoding="utf-8"))["notices"]
    assert [notice.split(" ", 1)[0] for notice in notices] == ["1", "2"]
    assert "1 answer seems to be in another language than English" in notices[0]
    assert "2 answers are in a script that" in notices[1]
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
