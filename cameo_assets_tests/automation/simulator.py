"""The daemon without its clock: sensors, conditions and runs, one tick after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context

from cameo_assets.automation.sensors import ask_models, keep_current, landing_zone, model_registry, retries
from cameo_assets.definitions import build
from cameo_assets.resources import Cameo

Requests = list[tuple[str, tuple[str, ...]]]
"""Each asset that was run with its partitions; none for an asset without partitions."""


class Daemon:
    """Runs what the sensors and the conditions ask for.

    Attributes:
        home: `CAMEO_HOME`.
        instance: A Dagster instance that lives as long as this.
        failed: Asset and partitions of the runs that failed, in order.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "data"
        self.instance = dg.DagsterInstance.ephemeral()
        self.cameo = Cameo(home=str(self.home), workers=1)
        self.definitions = build(self.cameo)
        self.failed: Requests = []
        self._job = self.definitions.resolve_implicit_global_asset_job_def()
        self._graph = self.definitions.resolve_asset_graph()
        self._order = list(self._graph.toposorted_asset_keys)
        self._cursors: dict[str, str | None] = {}
        self._cursors_of_conditions: dict[str, Any] = {}

    def look(self) -> Requests:
        """Lets both sensors look once and does what they ask for."""
        done: Requests = []
        for sensor in (landing_zone, model_registry, retries):
            with dg.build_sensor_context(
                instance=self.instance,
                cursor=self._cursors.get(sensor.name),
                resources={"cameo": self.cameo},
                definitions=self.definitions,
            ) as context:
                found = sensor(context)
            if not isinstance(found, dg.SensorResult):
                found = dg.SensorResult(run_requests=found if isinstance(found, list) else [])
            self._cursors[sensor.name] = found.cursor
            for request in found.dynamic_partitions_requests or ():
                if isinstance(request, dg.AddDynamicPartitionsRequest):
                    self.instance.add_dynamic_partitions(
                        request.partitions_def_name, list(request.partition_keys)
                    )
                else:
                    for key in request.partition_keys:
                        self.instance.delete_dynamic_partition(request.partitions_def_name, key)
            for event in found.asset_events or ():
                assert isinstance(event, dg.AssetMaterialization)
                self.instance.report_runless_asset_event(event)
            for run in found.run_requests or ():
                assert run.asset_selection
                done += self._run(run.asset_selection, [run.partition_key] if run.partition_key else [])
        return done

    def tick(self) -> Requests:
        """Lets both automation sensors evaluate once, and runs what they ask for as the daemon would."""
        wanted: dict[tuple[str, str], list[dg.AssetKey]] = {}
        predictions: list[str] = []
        for sensor in (keep_current, ask_models):
            found = dg.evaluate_automation_conditions(
                self.definitions,
                instance=self.instance,
                asset_selection=sensor.asset_selection,
                cursor=self._cursors_of_conditions.get(sensor.name),
            )
            self._cursors_of_conditions[sensor.name] = found.cursor
            for key, partition in self._asked(found):
                if sensor is ask_models:
                    predictions.append(partition)
                else:
                    of = self._graph.get(key).partitions_def
                    wanted.setdefault((of.name or "" if of else "", partition), []).append(key)
        groups = [(sorted(keys, key=self._order.index), key) for (_, key), keys in wanted.items()]
        groups.sort(key=lambda group: (self._order.index(group[0][0]), group[1]))
        done: Requests = []
        for assets, key in groups:
            done += self._run(assets, [key] if key else [])
        for together in self._neighbours(predictions):
            done += self._run([dg.AssetKey("predictions")], together)
        return done

    def _asked(self, found: dg.EvaluateAutomationConditionsResult) -> Iterator[tuple[dg.AssetKey, str]]:
        with partition_loading_context(datetime.now(UTC), self.instance):
            for result in found.results:
                if isinstance(result.key, dg.AssetKey) and result.true_subset.size:
                    for each in result.true_subset.expensively_compute_asset_partitions():
                        yield each.asset_key, each.partition_key or ""

    def _neighbours(self, keys: Sequence[str]) -> list[list[str]]:
        """Splits keys into ranges, as a run over several partitions holds a range."""
        groups: list[list[str]] = []
        place = self.instance.get_dynamic_partitions("evaluations")
        for key in sorted(keys, key=place.index):
            if groups and place.index(key) == place.index(groups[-1][-1]) + 1:
                groups[-1].append(key)
            else:
                groups.append([key])
        return groups

    def settle(self, most: int = 15) -> Requests:
        """Looks and ticks until nothing is asked for any more; everything that was run, in order."""
        done: Requests = []
        quiet = 0
        for _ in range(most):
            now = self.look() + self.tick()
            done += now
            quiet = 0 if now else quiet + 1
            if quiet == 2:  # the landing zone wants to see a folder twice
                return done
        raise AssertionError(f"not quiet after {most} ticks: {done[-5:]}")

    def _run(self, assets: Sequence[dg.AssetKey], partitions: Sequence[str]) -> Requests:
        tags = {}
        if len(partitions) > 1:
            tags = {
                "dagster/asset_partition_range_start": partitions[0],
                "dagster/asset_partition_range_end": partitions[-1],
            }
        result = self._job.execute_in_process(
            instance=self.instance,
            asset_selection=list(assets),
            partition_key=partitions[0] if len(partitions) == 1 else None,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        requests: Requests = [("/".join(key.path), tuple(partitions)) for key in assets]
        if not result.success:
            self.failed += requests
        return requests
