"""A process that serves pages loads nothing heavy, though it may use what is light of the analysis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from survey.core.settings import PROJECT

HEAVY = {
    "torch",
    "sentence_transformers",
    "transformers",
    "sklearn",
    "scipy",
    "hdbscan",
    "numpy",
    "onnxruntime",
    "pyarrow",
    "openpyxl",
}
VISIT = """
import sys
from pathlib import Path
from tests.support.filled_survey import Says, fill
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, field, send_answer, sign_in_by_page, use_quick_hasher

use_quick_hasher()
with migrated(quiet(Path(sys.argv[1]))) as app:
    says = [Says("Listening", [("Listening", "Listening")]), Says("Zebras", [("Zebras", None)])]
    theme = fill(app, says, is_owned=True).public["Listening"]
    client = app.test_client()
    assert sign_in_by_page(client).status_code == 303
    values = {"slug": SLUG, "public_id": theme, "name": "answers", "form": "csv"}
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.arguments <= values.keys()]
    assert len(rules) > 30
    with app.test_request_context():
        addresses = [rule.build({name: values[name] for name in rule.arguments})[1] for rule in rules]
    for address in addresses:
        status = client.get(address).status_code
        assert status < 500 or address == "/health", (address, status)  # no worker is there, which it says
    assert send_answer(client, "Honesty").status_code == 303
    form = {"codebook_text": "name = 'x'\\n[[themes]]\\nkey = 'a'\\nname = 'A'\\nexamples = ['b']"}
    form["csrf_token"] = field(client.get(f"/manage/{SLUG}/settings"), "csrf_token")
    assert client.post(f"/manage/{SLUG}/codebook", data=form).status_code == 303
    assert client.get(f"/manage/{SLUG}/export/codebook.toml").status_code == 200
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


@pytest.mark.slow
def test_a_web_process_loads_nothing_heavy(tmp_path: Path) -> None:
    """Visit every page that needs no more than a survey with a result, send an answer and a codebook."""
    visit = subprocess.run(
        [sys.executable, "-c", VISIT, str(tmp_path)],
        cwd=PROJECT,
        check=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    loaded = set(visit.stdout.split())
    assert {"flask", "analysis"} <= loaded
    assert not loaded & HEAVY
