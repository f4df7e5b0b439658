"""Whether a question asks about relationships, as the one does that a new survey begins with.

Who writes another question over that one leaves what belongs to it as it stood: known themes, and the kinds of
relationship that people may choose from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from analysis.known_themes.codebook import NONE
from survey.manage.survey_templates import StartingPoint
from survey.manage.surveys import Fields

RELATIONSHIP = "relationship"
"""The key of the starting point"""
ABOUT_RELATIONSHIPS = re.compile(
    r"\b(?:"
    r"relation|marri|marry|spouse|husband|wife|wives|friendship|dating|partner|couples?\b(?! of)|"  # English
    r"beziehung|heirat|verheirat|ehe(?:n|paar|leute|frau|mann)?\b|paare|freundschaft|liebesleben|"  # German
    r"relacion|matrimoni|pareja|espos|casad|conyug|amistad|marido|noviazgo|"  # Spanish
    r"mariage|conjoint|epoux|epouse|amitie|"  # French
    r"relazion|coppi[ae]|spos[aio]|coniug|amicizi|moglie|"  # Italian
    r"relaco|relacao|casament|casal\b|casais|parceir|conjug|amizade|namor|"  # Portuguese
    r"relatie|huwelijk|getrouwd|echtgeno|vriendschap)"  # Dutch
    r"|علاق|زواج|زوج|شريك|صداق|关系|關係|婚姻|夫妻|伴侣|爱情|友谊|恋爱|夫婦|結婚|恋愛|友情|恋人|関係|\u30cf\u309a\u30fc\u30c8\u30ca\u30fc"
)
"""How words about relationships begin, in small letters without accents, in the languages of the pages; parts of them
where words are not so divided"""


def asks_about_relationships(question: str) -> bool:
    """Return whether a question has a word about relationships, in one of the languages of the pages."""
    letters = unicodedata.normalize("NFD", question.casefold())
    plain = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return ABOUT_RELATIONSHIPS.search(plain) is not None


def suited(fields: Fields, start: StartingPoint) -> Fields:
    """Return the settings of a new survey without what belongs to the question about relationships, if it asks another.

    Kinds and a codebook that its owner chose stay.
    """
    if start.key != RELATIONSHIP or asks_about_relationships(fields.question):
        return fields
    if fields.codebook != start.codebook:
        return fields
    return replace(fields, codebook=NONE, kinds_asked=fields.kinds_asked and bool(fields.kinds))
