"""The workbench in the browser of somebody who may only read, and a theme's name on an owner's phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from survey.core.account_models import READER
from survey.core.database import db
from survey.core.models import Theme
from tests.support.colleague import make_colleague
from tests.support.library import owned_library
from tests.support.signed_in_page import signed_in_page
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LONG_NAME = "Cheaper tickets for families with more than two children"


def test_ideas_and_names_can_be_read(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    """For a reader each quote stood in the column of the tick that they have not, 24 pixels wide."""
    with migrated(quiet(tmp_path_factory.mktemp("reads"))) as app:
        owned_library(app)
        make_colleague(app, "Rolf", READER)
        with app.app_context():
            db.session.scalars(select(Theme).order_by(Theme.id)).first().name = LONG_NAME  # type: ignore[union-attr]
            db.session.commit()
        with served(app) as base:
            for width in (1280, 390):
                reader = signed_in_page(app, base, browser, width, name="Rolf")
                for path in ("", "/inbox"):
                    reader.goto(f"{base}/manage/{SLUG}/themes{path}")
                    idea = reader.locator("#picks > li").first
                    wide = idea.evaluate("row => row.querySelector('.quote').offsetWidth / row.offsetWidth")
                    assert wide > 0.8, (width, path)
            owner = signed_in_page(app, base, browser, 390)
            owner.goto(f"{base}/manage/{SLUG}/themes")
            name = owner.locator("#name")
            assert name.input_value() == LONG_NAME
            assert name.evaluate("field => field.scrollWidth <= field.clientWidth"), "no word is cut off"
            assert name.evaluate("field => field.scrollHeight <= field.clientHeight + 1"), "and no line"
