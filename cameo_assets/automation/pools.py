"""Who needs an accelerator: the one place that says so, to Dagster's pools and to every executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

import dagster as dg

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec

GPU_POOL: Final = "gpu"
"""Models that need an accelerator take a slot each while they are loaded; `concurrency.pools` in dagster.yaml
and `dagster instance concurrency set gpu N` say how many slots there are."""

GPU_TAGS: Final = {
    # Tags of an executor that is not in use are ignored.
    "dagster-ray/config": {"num_gpus": 1},
    "dagster-k8s/config": {"container_config": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}},
    "dagster-celery/queue": "gpu",
}

_SECONDS_BETWEEN_LOOKS: Final = 0.5
_SECONDS_BETWEEN_WORDS: Final = 60.0


def turns(
    instance: dg.DagsterInstance, run: dg.DagsterRun, say: Callable[[str], object]
) -> Callable[[ModelSpec], AbstractContextManager[None]]:
    """What each model of a run waits for: a slot of the pool, if it needs an accelerator, else nothing.

    The step itself is in no pool, as baselines and served models would wait with it then.

    Args:
        instance: Where the slots are counted.
        run: The run that asks for them.
        say: Told when a model has to wait.
    """

    def turn(spec: ModelSpec) -> AbstractContextManager[None]:
        if not spec.needs.gpu_memory_gib:
            return nullcontext()
        return gpu_slot(instance, run, spec.id, say)

    return turn


@contextmanager
def gpu_slot(
    instance: dg.DagsterInstance, run: dg.DagsterRun, model: str, say: Callable[[str], object]
) -> Iterator[None]:
    """Holds a slot of the pool, once there is one; an instance without limits has one for everybody.

    Slots are claimed as Dagster claims them for steps, under the name of a step that is the model. So the UI
    shows who holds and who waits, and the slots of a run that was killed are freed by run monitoring.
    """
    from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

    step = f"{GPU_POOL}:{model}"
    with InstanceConcurrencyContext(instance, run) as slots:
        said = -_SECONDS_BETWEEN_WORDS
        while not slots.claim(GPU_POOL, step):
            if time.monotonic() - said >= _SECONDS_BETWEEN_WORDS:
                said = time.monotonic()
                say(f"{model} waits for a slot of the pool {GPU_POOL}, which others hold")
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        try:
            yield
        finally:
            slots.free_step(step)
