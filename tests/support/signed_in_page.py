"""A page of a browser in which somebody is signed in already: three pages fewer than by the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from flask import Flask

from tests.support.visitors import OWNER, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


def sign_in_browser(app: Flask, base: str, context: BrowserContext, name: str = OWNER) -> None:
    """Give a context of a browser somebody's session."""
    client = app.test_client()
    sign_in(client, name)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": urljoin(base, "/")}])


def signed_in_page(
    app: Flask, base: str, browser: Browser, width: int = 1280, height: int = 800, name: str = OWNER, **options: Any
) -> Page:
    """Open a page of a new context, by default the owner's."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    sign_in_browser(app, base, context, name)
    return context.new_page()
