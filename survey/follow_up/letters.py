"""The two mails: one to confirm an address, and one that the result is out. Both are in the language of the page."""

from __future__ import annotations

from flask import current_app

from survey.core.i18n import gettext, in_language
from survey.core.models import Survey
from survey.web.access import external_url


def to_confirm(survey: Survey, token: str, language: str, days: int) -> tuple[str, str]:
    """Return subject and text of the mail that asks whether the address is right."""
    link = external_url("follow_up.link", token=token)
    with in_language(language):
        subject = gettext("Shall we tell you when the result is out?")
        paragraphs = [
            gettext("Somebody, most likely you, asked us to write to this address when the result of this is out:"),
            survey.question,
            gettext("Yes, tell me. Open this page and confirm:"),
            link,
            gettext(
                "You get one mail then, and this address is deleted. On the same page you can take it back at any "
                "time. It is kept apart from all answers."
            ),
            gettext("If it was not you, do nothing: after %(days)s days the address is deleted.", days=days),
        ]
    return subject, _text(paragraphs)


def result_is_out(survey: Survey, language: str) -> tuple[str, str]:
    """Return subject and text of the mail that the result is out. Needs an app context, and no request."""
    with current_app.test_request_context():
        link = external_url("results.themes", slug=survey.slug)
    with in_language(language):
        subject = gettext("The result is out: %(question)s", question=survey.question)
        paragraphs = [
            gettext("You asked us to tell you when the result of this is out:"),
            survey.question,
            gettext("Here it is:"),
            link,
            gettext("This was the only mail. Your address is deleted."),
        ]
    return subject, _text(paragraphs)


def _text(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
