"""Who needs an accelerator: the one place that says so, to Dagster's pools and to every executor."""

from __future__ import annotations

from typing import Final

GPU_POOL: Final = "gpu"
"""Runs that load models take a slot each; `concurrency.pools` in dagster.yaml sets how many there are."""

GPU_TAGS: Final = {
    # Tags of an executor that is not in use are ignored.
    "dagster-ray/config": {"num_gpus": 1},
    "dagster-k8s/config": {"container_config": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}},
    "dagster-celery/queue": "gpu",
}
