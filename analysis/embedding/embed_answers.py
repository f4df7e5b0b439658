"""The vectors of one run: of the wordings, of the codebook's examples, and of wordings in the context of answers."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray
from analysis.discovery.answer_context import NO_MULTI_IDEA_ANSWERS, multi_idea_answers, vectors_in_context
from analysis.discovery.micro_clusters import weighted_mean
from analysis.embedding.encode import encode, encode_with_examples
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.place import example_texts
from analysis.progress import Progress, ignore_progress
from analysis.text.parse_answers import ParsedAnswers


@dataclass(frozen=True, slots=True)
class EmbeddedAnswers:
    """Vectors of unit length, float32: of n wordings and of the codebook's examples.

    ``wordings`` (n, d); ``mean`` (d,), the mean over all ideas that are read: what they share; ``examples`` (e, d) in
    the order of ``example_texts``. ``in_context`` (n, d) are the wordings blended with the answers they are from; None
    with a codebook, where nothing needs them unless no idea is placed.
    """

    wordings: FloatArray
    mean: FloatArray
    examples: FloatArray
    in_context: FloatArray | None


def embed_answers(parsed: ParsedAnswers, book: Codebook, embedder: Embedder, progress: Progress) -> EmbeddedAnswers:
    """Encode the wordings and all texts they are compared with, each distinct text once.

    Raises what ``embedder`` raises.
    """
    examples = example_texts(book)
    answers = NO_MULTI_IDEA_ANSWERS if book.themes else multi_idea_answers(parsed)
    vectors, others = encode_with_examples(parsed.wordings, [*examples, *answers.texts], embedder, progress)
    return EmbeddedAnswers(
        wordings=vectors,
        mean=mean_idea(parsed, vectors),
        examples=others[: len(examples)].copy(),  # a view would keep the vectors of the answers in memory
        in_context=None if book.themes else vectors_in_context(parsed, vectors, answers, others[len(examples) :]),
    )


def embed_in_context(parsed: ParsedAnswers, vectors: FloatArray, embedder: Embedder) -> FloatArray:
    """Return the vectors (n, d) of the wordings blended with the answers they are from."""
    answers = multi_idea_answers(parsed)
    return vectors_in_context(parsed, vectors, answers, encode(answers.texts, embedder, ignore_progress))


def mean_idea(parsed: ParsedAnswers, vectors: FloatArray) -> FloatArray:
    """Return the mean vector (d,) over all ideas that the model can read, from the vectors (n, d) of their wordings."""
    if not parsed.read_weights.any():
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return weighted_mean(vectors, parsed.read_weights).astype(np.float32)
