"""The owner's pages of blind checks: start one, read its answers, see and mend what it found."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from survey.answers.check_models import Check, CheckReader
from survey.checks import drawing, mending, reading, statement
from survey.checks.drawing import CheckRefused
from survey.checks.outcome import outcome, people_agreement
from survey.checks.reading import Place
from survey.checks.theme_changes import changed_at, check_themes
from survey.core.i18n import gettext, ngettext
from survey.core.models import Survey
from survey.core.personal_data import mask_personal_data
from survey.curation.theme_edits import EditRefused
from survey.runs.lookups import shown_run
from survey.web import formatting
from survey.web.access import editors_only, get_own_survey

blueprint = Blueprint("checks", __name__, url_prefix="/manage/<slug>/check")

MAX_DIGITS = 3
"""Of a place, or of a number of answers"""


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Start a check, go on with one, look at those that are finished."""
    own = get_own_survey(slug)
    past = drawing.past_checks(own)
    found = {one.check.id: outcome(one.check, one.readers[0]).found for one in past if one.readers[0].finished_at}
    run = shown_run(own)
    return render_template(
        "checks/checks.html",
        survey=own,
        past=past,
        found=found,
        refused=drawing.refusal(own),
        sizes=drawing.SIZES,
        answers=run.answers if run else 0,
        statement=statement.newest_statement(own),
        me=current_user.owner_id,
    )


@blueprint.post("", endpoint="start")
def start(slug: str) -> ResponseReturnValue:
    """Draw the answers of a new check."""
    own = get_own_survey(slug)
    try:
        check = drawing.start(own, _number(request.form.get("size")))
    except CheckRefused as refused:
        flash(str(refused))
        return redirect(url_for("checks.listed", slug=slug), 303)
    return _to_reading(slug, check, reading.readers(check)[0])


@blueprint.post("/shown")
def show(slug: str) -> ResponseReturnValue:
    """Tell readers of the theme page what the newest check found, or stop telling them."""
    own = get_own_survey(slug)
    shown = request.form.get("shown") == "yes"
    drawing.set_shown(own, shown)
    flash(
        gettext("Readers see on the theme page how right it is.")
        if shown
        else gettext("Readers are not told any more.")
    )
    return redirect(url_for("checks.listed", slug=slug), 303)


@blueprint.get("/<public_id>")
def result(slug: str, public_id: str) -> ResponseReturnValue:
    """What a check found; before who began it has finished, how far it is."""
    own, check = _own_check(slug, public_id)
    readers = reading.readers(check)
    progress = {reader.id: reading.places(check, reader) for reader in readers if reader.finished_at is None}
    if readers[0].finished_at is None:
        return render_template(
            "checks/unfinished.html",
            survey=own,
            check=check,
            readers=readers,
            progress=progress,
            me=current_user.owner_id,
        )
    return _result(own, check, readers, progress)


@blueprint.post("/<public_id>/readers")
def add_reader(slug: str, public_id: str) -> ResponseReturnValue:
    """Let a second person read the same answers."""
    _, check = _own_check(slug, public_id)
    try:
        reader = reading.add_reader(check, request.form.get("name", ""))
    except CheckRefused as refused:
        flash(str(refused))
        return _back(slug, check, "second-title")
    return _to_reading(slug, check, reader)


@blueprint.get("/<public_id>/read/<int:reader_id>")
@editors_only
def read(slug: str, public_id: str, reader_id: int) -> ResponseReturnValue:
    """One answer, and the themes to choose from; nothing of what the machine or another reader said."""
    own, check, reader = _own_reader(slug, public_id, reader_id)
    if reader.finished_at is not None:
        return _back(slug, check)
    if not reading.is_open_to(reader, current_user.owner_id):
        return _anothers(slug, check, reader)
    return _reading_page(own, check, reader, _number(request.args.get("at")))


@blueprint.post("/<public_id>/read/<int:reader_id>", endpoint="save")
def save(slug: str, public_id: str, reader_id: int) -> ResponseReturnValue:
    """Keep what was said of an answer, and go on to the next."""
    own, check, reader = _own_reader(slug, public_id, reader_id)
    if not reading.is_open_to(reader, current_user.owner_id):
        return _anothers(slug, check, reader)
    place, said = _number(request.form.get("place")), request.form.get("say", "themes")
    ticked = request.form.getlist("theme")
    if said == "themes" and not ticked:
        return _reading_page(own, check, reader, place, gettext("Tick a theme, or choose “None of these”."))
    try:
        themes = None if said == "skip" else [] if said == "none" else ticked
        reading.save(check, reader, place, themes, request.form.get("note", ""), request.form.get("seen"))
    except reading.SaidMeanwhile:
        own, check, reader = _own_reader(slug, public_id, reader_id)
        return _reading_page(own, check, reader, place, _said_meanwhile(), keeps_note=False)
    except CheckRefused as refused:
        flash(str(refused))
        return _back(slug, check) if reader.finished_at else _to_reading(slug, check, reader, place)
    following = reading.next_unread(reading.places(check, reader), place)
    if following is None:
        return _finish(slug, check, reader)
    return _to_reading(slug, check, reader, following)


@blueprint.post("/<public_id>/read/<int:reader_id>/finish")
def finish(slug: str, public_id: str, reader_id: int) -> ResponseReturnValue:
    """Stop reading for good and see the result of what was read."""
    _, check, reader = _own_reader(slug, public_id, reader_id)
    if not reading.is_open_to(reader, current_user.owner_id):
        return _anothers(slug, check, reader)
    return _finish(slug, check, reader)


@blueprint.post("/<public_id>/mend")
def mend(slug: str, public_id: str) -> ResponseReturnValue:
    """Use what the owner said of an answer, or keep what the machine says; `all` for every answer left."""
    own, check = _own_check(slug, public_id)
    owner = reading.readers(check)[0]
    if owner.finished_at is None:
        abort(404)
    found = {pair.answer: pair.answer_id for pair in outcome(check, owner).differing}
    answer, use = request.form.get("answer", ""), request.form.get("use", "")
    if use not in (mending.MINE, mending.MACHINE) or (answer not in found and answer != "all"):
        abort(404)
    wanted = mending.differences(own, check, owner, list(found.values()) if answer == "all" else [found[answer]])
    if answer == "all":
        wanted = [one for one in wanted if one.is_open and not one.needs_choice and not one.is_stuck]
    refusals = []
    for one in wanted:
        try:
            if use == mending.MINE:
                mending.use_mine(own, check, one, _chosen(check))
            else:
                mending.keep_machines(own, check, one)
        except EditRefused as refused:
            refusals.append(str(refused))
    if refusals:
        flash(refusals[0])
    elif use == mending.MINE and owner.owner_id != current_user.owner_id:
        flash(gettext("It is moved, and stays there."))
    elif answer == "all":
        count = len(wanted)
        flash(
            ngettext(
                "%(n)s answer is where you saw it.",
                "%(n)s answers are where you saw them.",
                count,
                n=formatting.number(count),
            )
        )
    elif use == mending.MINE:
        flash(gettext("It is where you saw it, and stays there."))
    else:
        flash(gettext("The machine is right about it."))
    return _back(slug, check, f"answer-{answer}" if answer != "all" else "differ-title")


@blueprint.route("/<public_id>/delete", methods=["GET", "POST"])
@editors_only
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Delete a check with all that was read for it."""
    own, check = _own_check(slug, public_id)
    if request.method == "GET":
        return render_template("checks/delete.html", survey=own, check=check)
    drawing.delete_check(check)
    flash(gettext("The check is deleted."))
    return redirect(url_for("checks.listed", slug=slug), 303)


def _result(
    own: Survey, check: Check, readers: Sequence[CheckReader], progress: dict[int, list[Place]]
) -> ResponseReturnValue:
    """The page of a finished check."""
    owner = readers[0]
    found, themes = outcome(check, owner), check_themes(check)
    now_said = {
        one.answer_id: one
        for one in mending.differences(own, check, owner, [pair.answer_id for pair in found.differing])
    }
    return render_template(
        "checks/result.html",
        survey=own,
        check=check,
        owner=owner,
        readers=readers,
        progress=progress,
        outcome=found,
        themes=themes.themes,
        differing=[(pair, mask_personal_data(pair.text), now_said[pair.answer_id]) for pair in found.differing],
        others=[(reader, outcome(check, reader)) for reader in readers[1:] if reader.finished_at],
        people=people_agreement(check, readers),
        changed_at=changed_at(own, check),
        me=current_user.owner_id,
    )


def _reading_page(
    own: Survey,
    check: Check,
    reader: CheckReader,
    number: int,
    problem: str | None = None,
    *,
    keeps_note: bool = True,
) -> ResponseReturnValue:
    found = reading.places(check, reader)
    numbers = [place.number for place in found]
    if number not in numbers:
        number = reading.next_unread(found) or (numbers[-1] if numbers else 0)
    answer = reading.answer_to_read(check, reader, number)
    if answer is None:
        flash(gettext("Every answer of this check was deleted or hidden meanwhile."))
        return _back(own.slug, check)
    page = render_template(
        "checks/read.html",
        survey=own,
        check=check,
        reader=reader,
        answer=answer,
        text=mask_personal_data(answer.text),
        note=request.form.get("note", answer.note) if keeps_note else answer.note,
        states={place.number: place.state for place in found},
        previous=max((other for other in numbers if other < number), default=None),
        all_done=reading.next_unread(found) is None,
        problem=problem,
    )
    return page, 200 if not problem else 422 if keeps_note else 409


def _said_meanwhile() -> str:
    """What is said where another window was first."""
    text = gettext(
        "What you said of this answer was changed in another window since you opened this page. You see what is kept; "
        "what you sent just now is not."
    )
    note = request.form.get("note", "").strip()
    return " ".join([text, gettext("Your note was: %(note)s", note=formatting.quoted(note))]) if note else text


def _anothers(slug: str, check: Check, reader: CheckReader) -> Response:
    """Say that a reading is somebody else's, and offer one of one's own."""
    flash(
        gettext(
            "%(name)s reads this check. Nothing was changed. Read the same answers as the second person: write your "
            "name here.",
            name=reader.called,
        )
    )
    return _back(slug, check, "second-title")


def _finish(slug: str, check: Check, reader: CheckReader) -> ResponseReturnValue:
    if not reading.finish(check, reader):
        flash(gettext("Read %(least)s answers at least: fewer tell nothing.", least=drawing.MIN_ANSWERS))
        return _to_reading(slug, check, reader)
    if not reader.is_first:
        flash(gettext("Thank you, %(name)s. That is all.", name=reader.name))
    return _back(slug, check)


def _chosen(check: Check) -> dict[str, set[int]]:
    """Return by idea the ids of the themes ticked for it."""
    ids = {theme.public_id: theme.id for theme in check_themes(check).themes.values()}
    chosen: dict[str, set[int]] = {}
    for value in request.form.getlist("belongs"):
        key, _, public_id = value.partition(":")
        if public_id in ids:
            chosen.setdefault(key, set()).add(ids[public_id])
    return chosen


def _own_check(slug: str, public_id: str) -> tuple[Survey, Check]:
    own = get_own_survey(slug)
    check = drawing.find_check(own, public_id)
    if check is None:
        abort(404)
    return own, check


def _own_reader(slug: str, public_id: str, reader_id: int) -> tuple[Survey, Check, CheckReader]:
    own, check = _own_check(slug, public_id)
    reader = reading.find_reader(check, reader_id) if reader_id < 2**31 else None
    if reader is None:
        abort(404)
    return own, check, reader


def _number(text: str | None) -> int:
    """Return a small number that a page sent; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0


def _to_reading(slug: str, check: Check, reader: CheckReader, place: int | None = None) -> Response:
    address = url_for("checks.read", slug=slug, public_id=check.public_id, reader_id=reader.id, at=place)
    return redirect(address, 303)


def _back(slug: str, check: Check, anchor: str | None = None) -> Response:
    return redirect(url_for("checks.result", slug=slug, public_id=check.public_id, _anchor=anchor), 303)
