"""What is kept of converted models, and what is noted of files that did not change."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from analysis.encoders import encoder, int8_model, kept_files, minilm
from analysis.encoders.encoder import ModelError, checked_files
from analysis.encoders.int8_model import BertModel
from analysis.encoders.kept_files import Checked, kept
from analysis.parallel.machine import processor

OLD = 1_700_000_000


def old_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def grown_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be noted at once: the time of a change of a file's own notes cannot be set."""
    monkeypatch.setattr(kept_files, "YOUNG_SECONDS", -1.0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed."""
    names: list[str] = []
    usual: Any = hashlib.file_digest

    def watched(file: BinaryIO, kind: str) -> object:
        names.append(Path(file.name).name)
        return usual(file, kind)

    monkeypatch.setattr(hashlib, "file_digest", watched)
    return names


@pytest.mark.usefixtures("grown_up")
def test_a_file_that_did_not_change_is_read_once(tmp_path: Path, read: list[str]) -> None:
    path = old_file(tmp_path / "weights", b"one")
    first = Checked(tmp_path).digest(path)
    assert first == hashlib.sha256(b"one").hexdigest() == Checked(tmp_path).digest(path)
    assert read == ["weights"]


@pytest.mark.usefixtures("grown_up")
@pytest.mark.parametrize("change", ["written again", "another file", "other size"])
def test_a_changed_file_is_read_again(tmp_path: Path, change: str) -> None:
    path = old_file(tmp_path / "weights", b"one")
    Checked(tmp_path).digest(path)
    if change == "written again":
        old_file(path, b"two")  # of the same size and time of change: its inode's own time tells
    elif change == "another file":
        old_file(tmp_path / "other", b"two").replace(path)
    else:
        old_file(path, b"three")
    assert Checked(tmp_path).digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_just_changed_is_not_noted(tmp_path: Path, read: list[str]) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    Checked(tmp_path).digest(path)
    Checked(tmp_path).digest(path)
    assert read == ["weights", "weights"]


@pytest.mark.parametrize("notes", [b"", b"{", b"[1]", b"\xff", b'{"file": 3}'])
def test_notes_that_cannot_be_read_are_done_without(tmp_path: Path, notes: bytes) -> None:
    (tmp_path / kept_files.NOTES).write_bytes(notes)
    checked = Checked(tmp_path)
    assert not checked.has_passed("a check")
    checked.note("a check")
    assert Checked(tmp_path).has_passed("a check")


def test_without_a_folder_nothing_is_known() -> None:
    Checked(None).note("a check")
    assert not Checked(None).has_passed("a check")
    assert kept(None, "any", [], lambda: b"made").tobytes() == b"made"


@pytest.mark.usefixtures("grown_up")
def test_weights_that_are_noted_are_still_compared_with_what_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file(tmp_path / "weights", b"one")
    place = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(encoder, "find_spec", lambda name: place)
    own = {"weights": hashlib.sha256(b"one").hexdigest()}
    for _ in range(2):
        assert checked_files("any", "a-package", own, tmp_path) == tmp_path
    with pytest.raises(ModelError, match="not the published one"):
        checked_files("any", "a-package", {"weights": "0" * 64}, tmp_path)


@pytest.mark.slow
def test_a_model_is_tried_once_on_each_kind_of_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Path] = []
    monkeypatch.setattr(BertModel, "_check_accuracy", lambda self, ranges: tried.append(ranges))
    made_of = minilm.made_of()
    for _ in range(2):
        BertModel(made_of, tmp_path, int8=True)
    assert len(tried) == 1
    monkeypatch.setattr(int8_model, "processor", lambda: "another")
    BertModel(made_of, tmp_path, int8=True)
    BertModel(made_of, None, int8=True)
    assert len(tried) == 3


@pytest.mark.slow
def test_what_converts_is_not_loaded_where_all_is_kept(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from analysis.embedding.models import load\n"
        "found = load(keep=Path(sys.argv[1])).encode(['Patience', 'eine brücke', '水'])\n"
        "print(found.tobytes().hex(), *sorted({'onnx', 'safetensors'} & set(sys.modules)))"
    )
    said = [
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    first, second = (each.split() for each in said)
    assert first[1:] == ["onnx", "safetensors"] and second[1:] == []
    assert first[0] == second[0]


def test_processors_are_told_apart_by_what_they_can_do(tmp_path: Path) -> None:
    def told(name: str, flags: str) -> str:
        file = tmp_path / "cpuinfo"
        file.write_text(f"processor : 0\nmodel name : {name}\nflags : {flags}\n\nprocessor : 1\nflags : other\n")
        return processor(file)

    assert told("One", "avx2 vnni") == told("One", "avx2 vnni")
    assert len({told("One", "avx2 vnni"), told("One", "avx2"), told("Two", "avx2 vnni")}) == 3
    assert "One" in told("One", "avx2")
    assert processor(tmp_path / "none")


def test_a_kept_file_is_mapped_and_one_of_before_is_deleted(tmp_path: Path) -> None:
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"made")
        return b"made"

    for recipe in (b"one", b"one", b"two"):
        assert kept(tmp_path, "table", [recipe], make).tobytes() == b"made"
    assert isinstance(kept(tmp_path, "table", [b"two"], make), np.memmap)
    assert len(made) == 2 and len([*tmp_path.glob("*.model")]) == 1
