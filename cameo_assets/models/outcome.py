"""What an evaluation came to: the answers that are wanted now, as the store has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.models import predictions
from cameo_assets.models.spec import Condition
from cameo_assets.models.spending import total
from cameo_assets.provenance import version_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.plan import Plan, Wanted
    from cameo_assets.store import Store


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answers under one condition that are wanted now, as the store has them.

    Attributes:
        condition: Of all of them.
        wanted: How many are wanted.
        asked: How many of them this run got from the engine.
        table: A row for each answer, sorted by corpus, file_id and sample; columns as of `predictions.Row`.
            A fault has no text and an error. What was never asked has no row.
    """

    condition: Condition
    wanted: int
    asked: int
    table: pa.Table

    @property
    def reused(self) -> int:
        """How many answers were there before this run."""
        rows: int = self.table.num_rows
        return rows - self.asked

    @property
    def missing(self) -> int:
        """How many answers the next run would ask for: never asked, or faults."""
        return self.wanted - sum(n for error, n in self._errors().items() if predictions.settled(error))

    @property
    def coverage(self) -> float:
        """Share of the wanted answers that have a text; 1 where none is wanted."""
        return self._errors()[""] / self.wanted if self.wanted else 1.0

    @property
    def errors(self) -> dict[str, int]:
        """Answers without text by kind of error, `predictions.FINAL` among them."""
        kinds: Counter[str] = Counter()
        for error, number in self._errors().items():
            if error:
                kinds[predictions.kind_of(error)] += number
        return dict(sorted(kinds.items()))

    @property
    def version(self) -> str:
        """Hash over what was said, and over what will never be: a settled fault is read as a miss."""
        said = self.table.select(["request_key", "text", "error"]).sort_by("request_key")
        keys, texts, errors = (said[name].to_pylist() for name in said.column_names)
        return version_of(list(zip(keys, texts, map(predictions.settled, errors), strict=True)))

    @property
    def spent(self) -> dict[str, float]:
        """What servers counted of all answers: tokens in and out, and cost; what none counted is left out."""
        found = total(self.table["details"].to_pylist())
        names = {"tokens_in": "tokens in", "tokens_out": "tokens out", "cost": "cost"}
        return {ours: round(found[name], 6) for name, ours in names.items() if name in found}

    def _errors(self) -> Counter[str]:
        """How often each error occurs; no error is the empty one."""
        found = self.table["error"].value_counts().to_pylist()
        return Counter({each["values"]: each["counts"] for each in found})


class EvaluationOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation came to.

    Attributes:
        model: Id.
        parts: What there is under each condition.
        seconds: How long it took, loading the model included.
    """

    model: str
    parts: dict[Condition, Answered]
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        """How many answers the engine gave in this run."""
        return sum(part.asked for part in self.parts.values())

    @property
    def reused(self) -> int:
        """How many answers were there before this run."""
        return sum(part.reused for part in self.parts.values())

    @property
    def missing(self) -> int:
        """How many answers the next run would ask for."""
        return sum(part.missing for part in self.parts.values())

    @property
    def errors(self) -> dict[str, int]:
        """Answers without text by kind of error."""
        return dict(sorted(sum((Counter(part.errors) for part in self.parts.values()), Counter()).items()))

    def answers(self, condition: Condition) -> pa.Table:
        """The wanted answers under a condition (see `Answered.table`)."""
        return self.parts[condition].table

    def version(self, condition: Condition) -> str:
        """Hash over what was said under a condition."""
        return self.parts[condition].version

    def coverage(self, condition: Condition) -> float:
        """Share of the wanted answers under a condition that have a text."""
        return self.parts[condition].coverage


def read_outcome(store: Store, plan: Plan, asked: Collection[str] = ()) -> EvaluationOutcome:
    """What the store has of a plan.

    Args:
        store: Where answers are.
        plan: What is wanted.
        asked: Request keys that the engine was asked in this run.
    """
    import pyarrow as pa

    table = predictions.load(store, plan.spec)
    place = {key: position for position, key in enumerate(table["request_key"].to_pylist())}
    wanted: dict[Condition, list[Wanted]] = {condition: [] for condition in plan.conditions}
    for each in plan.wanted:
        wanted[Condition(each.sampling.temperature, each.sampling.method)].append(each)
    order = [(column, "ascending") for column in ("corpus", "file_id", "sample")]
    parts = {
        condition: Answered(
            condition=condition,
            wanted=len(group),
            asked=sum(each.key in asked for each in group),
            table=table.take(pa.array(_places(group, place), pa.int64())).sort_by(order),
        )
        for condition, group in wanted.items()
    }
    return EvaluationOutcome(model=plan.spec.id, parts=parts)


def _places(group: Iterable[Wanted], place: Mapping[str, int]) -> list[int]:
    return [place[each.key] for each in group if each.key in place]
