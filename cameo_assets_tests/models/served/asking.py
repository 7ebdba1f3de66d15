"""A served model, recordings, and an engine that asks a test server about them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from cameo_assets.models import parity
from cameo_assets.models.engines.base import Answer, Ask
from cameo_assets.models.engines.openai import OpenAi
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate
from cameo_assets.models.parity import Gate
from cameo_assets.models.plan import make_plan
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS, a_spec, tones
from cameo_assets_tests.models.served.server import Server

Rows = list[dict[str, Any]]


def served(server: Server, **options: Any) -> ModelSpec:
    """The server's model, asked by one who does not wait for long."""
    quick = {
        "base_url": server.url,
        "model": "tiny",
        "concurrency": 4,
        "pause_seconds": 0.01,
        "longest_pause_seconds": 0.1,
        "timeout_seconds": 20.0,
    }
    return a_spec(
        id="served", engine="openai", repository="a/tiny", revision="2025-01-01", options=quick | options
    )


def recordings(store: Store, count: int = 6) -> Rows:
    return tones(store, "alpha", speakers=max(1, count // 3), each=1)[:count]


def the_asks(store: Store, spec: ModelSpec, rows: Rows) -> list[Ask]:
    plan = make_plan(spec, conditions(spec), rows, OPTIONS)
    return list(plan.asks(store, plan.wanted))


def engine_of(store: Store, spec: ModelSpec) -> OpenAi:
    engine = build_engine(spec, store.home)
    assert isinstance(engine, OpenAi)
    return engine


def answers(store: Store, spec: ModelSpec, rows: Rows) -> list[Answer]:
    return list(engine_of(store, spec).answer(the_asks(store, spec, rows), {}))


def evaluated(store: Store, spec: ModelSpec, rows: Rows, **more: Any) -> EvaluationOutcome:
    """All conditions; the parity gate counts as passed, so that each answer is asked for once."""
    passed = Gate(
        model=spec.id,
        method="generation",
        settings={},
        versions={"httpx2": version("httpx2")},
        compared=1,
        disagreements=(),
    )
    parity.write(store, spec, passed)
    return evaluate(store, spec, conditions(spec), rows, OPTIONS, **more)


def texts(outcome: EvaluationOutcome) -> list[tuple[str, float, int, str | None, str]]:
    """What is stored of each answer that the server decides."""
    columns = ("file_id", "temperature", "sample", "text", "finish_reason")
    return [
        tuple(row[name] for name in columns)  # type: ignore[misc]
        for condition in outcome.parts
        for row in outcome.answers(condition).to_pylist()
    ]
