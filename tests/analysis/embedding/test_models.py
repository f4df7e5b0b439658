"""What is said where a model cannot be loaded: what to do about it, in commands that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.compiled import INSTALL_AGAIN
from analysis.embedding.models import INSTALL_TORCH, ModelError, load
from install.packages import WITHOUT

PROJECT = Path(__file__).resolve().parents[3]


def test_without_sentence_transformers_a_model_of_one_s_own_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match=re.escape(INSTALL_TORCH)):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("said", "does"),
    [
        (INSTALL_AGAIN, "install/packages.py"),
        (INSTALL_TORCH, '--torch-index "ADDRESS"'),
        (WITHOUT, '--torch-index "https://…"'),
    ],
)
def test_the_command_that_is_named_installs_though_it_was_done_before(said: str, does: str) -> None:
    [command] = re.findall(r"make -B [^ ]+(?: [.]venv/installed)?", said)
    done = subprocess.run([*command.split(), "-n"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert does in done.stdout
