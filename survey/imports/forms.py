"""The forms of an import: the file or the pasted list, and its columns."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    RadioField,
    SelectField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from survey.imports import file_reader
from survey.imports.column_guess import Columns


class UploadForm(FlaskForm):
    """Answers to import: a file, or a pasted list."""

    file = FileField("The file")
    pasted = TextAreaField("Or paste a list")

    def validate_file(self, field: FileField) -> None:
        if not field.data and not (self.pasted.data or "").strip():
            raise ValidationError("Choose a file, or paste a list.")
        if field.data and (self.pasted.data or "").strip():
            raise ValidationError("Here are a file and a pasted list. Send one after the other.")


class ColumnsForm(FlaskForm):
    """The columns of a staged file, and how a pasted list is split. "" means no column."""

    answer = SelectField("The answers", coerce=str)
    time = SelectField("When each was given", coerce=str)
    kind = SelectField("The kind of relationship", coerce=str)
    source = SelectField("Where they came from", coerce=str)
    separator = RadioField(
        "One answer is",
        choices=[
            SelectChoice(file_reader.LINE, "Each line"),
            SelectChoice(file_reader.BLANK_LINE, "What stands between blank lines"),
        ],
        validators=[Optional()],
    )
    look = SubmitField("Show it this way")

    @classmethod
    def over(cls, header: Sequence[str], guessed: Columns, separator: str | None) -> ColumnsForm:
        """Return the form for a table, with the guess as its defaults."""
        places = {name: getattr(guessed, name) for name in ("answer", "time", "kind", "source")}
        form = cls(
            separator=separator or file_reader.LINE,
            **{name: "" if place is None else str(place) for name, place in places.items()},
        )
        named = [SelectChoice(str(place), name[:80]) for place, name in enumerate(file_reader.column_names(header))]
        form.answer.choices = named
        for field in (form.time, form.kind, form.source):
            field.choices = [SelectChoice("", "No column"), *named]
        return form

    def columns(self) -> Columns:
        """Return the chosen columns; the first one holds the answers where none was chosen."""
        chosen = (self.answer.data, self.time.data, self.kind.data, self.source.data)
        known = {choice.value for choice in self.answer.choices}
        answer, *others = (int(place) if place in known else None for place in chosen)
        return Columns(answer or 0, *others)

    def split(self) -> str:
        """Return how a pasted list is split: LINE or BLANK_LINE."""
        return file_reader.BLANK_LINE if self.separator.data == file_reader.BLANK_LINE else file_reader.LINE
