"""Fine-tune the encoders: ``python -m analysis.fit_encoders.fine_tune`` writes the changes of their weights.

They learn from the texts of ``same_matter``, of one field after the other: texts that make the same point are drawn
together, and the others of the field away from them (Khosla et al. 2020, "Supervised contrastive learning",
arXiv:2004.11362), once what all of the field share is taken off, as the analysis does. Only changes of low rank are
learnt (Hu et al. 2022, arXiv:2106.09685), and a part of them is added (Wortsman et al. 2022, "Robust fine-tuning of
zero-shot models", arXiv:2109.01903). What it prints was measured on fields that were left out, with all of them.

Takes 40 minutes on two cores. Run it only for new texts or encoders; then calibrate, fit the mixture and
raise ``names.VERSION``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from analysis.arrays import FloatArray
from analysis.encoder_graphs.bert_graph import EPSILON
from analysis.encoder_graphs.sizes import HEADS
from analysis.encoders import e5, minilm
from analysis.encoders.int8_model import Bert, inputs
from analysis.encoders.low_rank import write_changes
from analysis.fit_encoders.same_matter import Text, by_field, is_left_out, precision_in_words, same_matter
from analysis.text.normalise import fold

RANK = 16
START = 2.0  # times 1 / sqrt(k): the first values of a matrix (r, k)
E5_RATE, MINILM_RATE = 4e-4, 5e-4
WARM_STEPS, DECAY, MAX_NORM = 20, 0.01, 1.0
TEMPERATURE = 0.1
PASSES = 2
KEPT = 0.6  # of what was learnt: between both, an encoder reads what it was not taught better than at either end
MAX_TOKENS = 64
TOGETHER = 16  # texts of nearly one length that are read together
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


@dataclass(frozen=True, slots=True)
class Student:
    """An encoder that learns: the weights that stay, and by name those changes that it learns, (n, r) and (r, k)."""

    made_of: Bert
    prepare: Callable[[str], str]
    weights: Mapping[str, Tensor]
    changes: Mapping[str, tuple[Tensor, Tensor]]
    numbers: dict[str, list[int]] = field(default_factory=dict)

    def vectors(self, texts: Sequence[str]) -> Tensor:
        """Return the vectors of texts, (n, d), of length 1."""
        new = [text for text in texts if text not in self.numbers]
        self.numbers.update(zip(new, self.made_of.numbers(list(map(self.prepare, new))), strict=True))
        ids = [self.numbers[text][:MAX_TOKENS] for text in texts]
        shortest_first = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        parts = [shortest_first[at : at + TOGETHER] for at in range(0, len(ids), TOGETHER)]
        found = torch.cat([self._vectors([ids[at] for at in part]) for part in parts])
        return found[torch.tensor(shortest_first).argsort()]

    def _vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        longest = max(map(len, ids))
        padded = np.array([[*each, *[0] * (longest - len(each))] for each in ids], dtype=np.int32)
        is_there = torch.tensor([[at < len(each) for at in range(longest)] for each in ids])
        given = inputs(self.made_of, padded)
        if "words" in given:
            x = torch.tensor(given["words"])
        else:
            x = self.weights["embeddings.word_embeddings.weight"][torch.tensor(padded, dtype=torch.long)]
        x = x + self.weights["embeddings.position_embeddings.weight"][:longest]
        x = self._normed("embeddings.LayerNorm", x + self.weights["embeddings.token_type_embeddings.weight"][0])
        for layer in range(self.made_of.layers):
            x = self._layer(f"encoder.layer.{layer}", x, is_there)
        return functional.normalize((x * is_there[:, :, None]).sum(dim=1), dim=1)

    def _layer(self, name: str, x: Tensor, is_there: Tensor) -> Tensor:
        def heads(part: str) -> Tensor:
            return self._linear(f"{name}.attention.self.{part}", x).view(*x.shape[:2], HEADS, -1).transpose(1, 2)

        mask = is_there[:, None, None, :]
        joined = functional.scaled_dot_product_attention(heads("query"), heads("key"), heads("value"), attn_mask=mask)
        joined = self._linear(f"{name}.attention.output.dense", joined.transpose(1, 2).flatten(2))
        x = self._normed(f"{name}.attention.output.LayerNorm", x + joined)
        wide = functional.gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._normed(f"{name}.output.LayerNorm", x + self._linear(f"{name}.output.dense", wide))

    def _linear(self, name: str, x: Tensor) -> Tensor:
        up, down = self.changes[f"{name}.weight"]
        exact = functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])
        return exact + functional.linear(functional.linear(x, down), up)

    def _normed(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(x, weight.shape, weight, bias, EPSILON)


def student(made_of: Bert, prepare: Callable[[str], str]) -> Student:
    """Return an encoder as it is in its package, with changes that are still nothing."""
    chance = torch.Generator().manual_seed(0)
    weights = {name: torch.tensor(np.asarray(values)) for name, values in made_of.weights().items()}
    changes = {}
    for layer in range(made_of.layers):
        for matrix in MATRICES:
            name = f"encoder.layer.{layer}.{matrix}.weight"
            rows, columns = weights[name].shape
            down = torch.randn(RANK, columns, generator=chance) * START / math.sqrt(columns)
            changes[name] = (torch.zeros(rows, RANK).requires_grad_(), down.requires_grad_())
    return Student(made_of, prepare, weights, changes)


def contrast(vectors: Tensor, points: Sequence[str]) -> Tensor:
    """Return how little the texts (n, d) of a field tell their points apart: the loss of Khosla et al., eq. 2."""
    of = torch.tensor(np.unique(points, return_inverse=True)[1])
    centred = functional.normalize(vectors - vectors.mean(dim=0), dim=1)
    oneself = torch.eye(len(of), dtype=torch.bool)
    near = (centred @ centred.T / TEMPERATURE).masked_fill(oneself, -1e9)
    chances = near - torch.logsumexp(near, dim=1, keepdim=True)
    same = (of[:, None] == of) & ~oneself
    return -((chances * same).sum(dim=1) / same.sum(dim=1).clamp(min=1)).mean()


def teach(learner: Student, texts: Sequence[Text], rate: float, passes: int = PASSES) -> None:
    """Let an encoder learn from texts."""
    fields = by_field(texts)
    names = sorted(fields)
    learnt = [matrix for both in learner.changes.values() for matrix in both]
    optimiser = torch.optim.AdamW(learnt, lr=rate, weight_decay=DECAY)
    chance = np.random.default_rng(0)
    turns = [name for _ in range(passes) for name in chance.permutation(names).tolist()]
    for turn, name in enumerate(turns):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (turn + 1) / WARM_STEPS) * (1 - turn / len(turns))
        own = fields[name]
        loss = contrast(learner.vectors([fold(each.text) for each in own]), [each.matter for each in own])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learnt, MAX_NORM)
        optimiser.step()
        if turn % 40 == 0:
            print(f"{turn} of {len(turns)} fields, loss {loss.item():.3f}", flush=True)


def main() -> None:
    """Fine-tune both encoders; MiniLM, which reads English, with English texts."""
    texts = same_matter()
    learnt, left_out = ([text for text in texts if is_left_out(text) == kind] for kind in (False, True))
    path = e5.folder() / e5.FILE
    read = e5.read_tokenizer(path, None)
    every = student(e5.made_of(path, read), lambda text: e5.prepared(text, read.characters))
    english = student(minilm.made_of(), str)
    in_english = [text for text in learnt if not text.is_of_languages]
    for learner, own, rate in ((english, in_english, MINILM_RATE), (every, learnt, E5_RATE)):

        def encode(texts: Sequence[str], learner: Student = learner) -> FloatArray:
            with torch.no_grad():
                return np.asarray(learner.vectors(texts).numpy(), dtype=np.float32)

        name = learner.made_of.name
        print(f"{name}: {len(own)} texts; {len(left_out)} left out: {precision_in_words(encode, left_out)}", flush=True)
        teach(learner, own, rate)
        changes = {
            weight: ((KEPT * up.detach()).numpy(), down.detach().numpy())
            for weight, (up, down) in learner.changes.items()
        }
        write_changes(learner.made_of.changes, changes)
        print(f"{name}: {precision_in_words(encode, left_out)}; written to {learner.made_of.changes}", flush=True)


if __name__ == "__main__":
    main()
