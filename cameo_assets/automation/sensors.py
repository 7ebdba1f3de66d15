"""Sensors: what lies in the landing zone, which models there are, and what the conditions ask for."""

from typing import Any

import dagster as dg
import msgspec

from cameo_assets.assets.common import key_of
from cameo_assets.assets.partitions import CORPORA, DROP_INS, EVALUATIONS, raw
from cameo_assets.automation.requests import requests
from cameo_assets.resources import Cameo
from cameo_assets.settings import Settings

_SECONDS = Settings.from_environment().sensor_seconds
_ON = dg.DefaultSensorStatus.RUNNING


class Looked(msgspec.Struct, frozen=True):
    """What the landing-zone sensor remembers: signatures by corpus.

    Attributes:
        seen: At the last look.
        requested: For which a run was requested.
        gone: Corpora that were made and whose folder was not there.
    """

    seen: dict[str, str] = {}
    requested: dict[str, str] = {}
    gone: tuple[str, ...] = ()


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=_ON,
    asset_selection=dg.AssetSelection.groups("raw"),
    description=(
        "Looks at sizes and time stamps in the landing zone, adds a partition for each new corpus, and "
        "requests `raw/<corpus>` for what is new or changed, once it stood still from one look to the next."
    ),
)
def landing_zone(context: dg.SensorEvaluationContext, cameo: Cameo) -> dg.SensorResult:
    """Requests a look at every corpus that is new or changed."""
    from cameo_assets.corpora.landing import bad_names, scan
    from cameo_assets.corpora.registry import known

    snapshot = cameo.snapshot()
    platform = snapshot.platform
    before = msgspec.json.decode(context.cursor, type=Looked) if context.cursor else Looked()
    missing = snapshot.gone
    complaints = [str(complaint) for complaint in bad_names(platform.landing)]
    complaints += [f"{corpus}: its folder is gone, what was made of it stays" for corpus in missing]
    names = snapshot.landed
    trees = {corpus: scan(platform.landing / corpus) for corpus in names}
    seen = {corpus: tree.signature for corpus, tree in trees.items() if tree.files}
    keys = set(context.instance.get_dynamic_partitions("corpora"))
    new = {
        corpus
        for corpus, signature in seen.items()
        # A copy that is still under way looks different at every look, or its newest file is too young.
        if trees[corpus].settled()
        and before.seen.get(corpus) == signature
        and (corpus not in keys or before.requested.get(corpus) != signature)
    }
    requested = {
        corpus: seen[corpus] if corpus in new else before.requested[corpus]
        for corpus in seen
        if corpus in new or corpus in before.requested
    }
    # A run says at the raw asset that a folder is gone or back; Dagster keeps one check without a run, ever.
    moved = ({*missing} ^ {*before.gone}) & keys
    runs = [
        dg.RunRequest(
            asset_selection=[key_of("raw", corpus)],
            partition_key=corpus,
        )
        for corpus in sorted(new | moved)
        # Dagster may have lost what the store has, and waits for raw/<corpus> then; the run is a no-op.
        if corpus not in keys or corpus in moved or not _is_current(snapshot, corpus)
    ]
    added = sorted(new - keys)
    gone = sorted(snapshot.withdrawn & keys)
    changes: list[Any] = [
        raw(corpus).build_add_request([corpus])
        for corpus in known()
        if not context.instance.get_dynamic_partitions(raw(corpus).name or "")
    ]
    if added:
        changes += [CORPORA.build_add_request(added)]
        dropped = [corpus for corpus in added if corpus not in known()]
        changes += [DROP_INS.build_add_request(dropped)] if dropped else []
    if gone:
        changes += [CORPORA.build_delete_request(gone)]
    waiting = sorted(corpus for corpus in seen if corpus not in requested)
    return dg.SensorResult(
        run_requests=runs,
        skip_reason=None if runs else _quiet(len(seen), waiting, complaints),
        dynamic_partitions_requests=changes,
        cursor=msgspec.json.encode(Looked(seen, requested, tuple(missing))).decode(),
    )


def _is_current(snapshot: Any, corpus: str) -> bool:
    """Whether the store knows this state of the corpus already, as after a lost cursor."""
    from cameo_assets.errors import BadInput
    from cameo_assets.lineage.declaration import NotReady
    from cameo_assets.lineage.run import is_current
    from cameo_assets.products.raw import PRODUCT

    try:
        return is_current(PRODUCT, snapshot, corpus)
    except (NotReady, BadInput):
        return False


def _quiet(number: int, waiting: list[str], complaints: list[str]) -> dg.SkipReason:
    """What a person reads in the list of ticks, as nothing else shows there."""
    still = f"{', '.join(waiting)}: waiting for the files to stand still" if waiting else "all as they were"
    return dg.SkipReason("; ".join([f"{number} corpora, {still}", *complaints]))


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=_ON,
    description=(
        "Reads the model files of the catalogue and of the store, adds a partition for each evaluation, "
        "removes those of models that are gone, and reports what shapes the answers as `model_specs`."
    ),
)
def model_registry(context: dg.SensorEvaluationContext, cameo: Cameo) -> dg.SensorResult:
    """Reports new and changed evaluations; a broken file concerns its own model alone."""
    from cameo_assets.models.spec import fingerprint

    snapshot = cameo.snapshot()
    found = snapshot.registry
    versions = {key: fingerprint(*of) for key, of in snapshot.evaluations.items()}
    before = msgspec.json.decode(context.cursor or "{}", type=dict[str, str])
    keys = set(context.instance.get_dynamic_partitions("evaluations"))
    added = sorted(versions.keys() - keys)
    # The answers of a model whose file is broken for the moment are not given up for that.
    gone = sorted(key for key in keys - versions.keys() if key.partition("@")[0] not in found.broken)
    changes: list[Any] = []
    if added:
        changes.append(EVALUATIONS.build_add_request(added))
    if gone:
        changes.append(EVALUATIONS.build_delete_request(gone))
    events = [
        dg.AssetMaterialization(
            "model_specs",
            partition=key,
            tags={"dagster/data_version": version},
            metadata={"model": key.partition("@")[0]},
        )
        for key, version in versions.items()
        if key in added or before.get(key) != version
    ]
    reason = f"{len(versions)} evaluations, {len(added)} new, {len(gone)} gone"
    return dg.SensorResult(
        asset_events=events,
        dynamic_partitions_requests=changes,
        cursor=msgspec.json.encode(versions, order="sorted").decode(),
        # What a person reads in the list of ticks, as nothing else shows there.
        skip_reason=dg.SkipReason("; ".join([reason, *map(str, found.errors)])),
    )


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=_ON,
    asset_selection=dg.AssetSelection.all(),
    description=(
        "Tries again what failed, after a pause that grows with every failure on the same inputs. Bad input "
        "is not tried again before it has changed."
    ),
)
def retries(context: dg.SensorEvaluationContext, cameo: Cameo) -> list[dg.RunRequest] | dg.SkipReason:
    """Requests what failed and is due."""
    from cameo_assets.lineage.graph import failures

    found = failures(cameo.snapshot())
    wanted = requests(context.instance, [each for each in found if each.due])
    return wanted or dg.SkipReason(f"{len(found)} products failed on their inputs of now, none is due")


_ASKING = dg.AssetSelection.assets("predictions")

keep_current = dg.AutomationConditionSensorDefinition(
    "keep_current",
    target=dg.AssetSelection.all() - _ASKING,
    minimum_interval_seconds=_SECONDS,
    default_status=_ON,
    # A backfill would wait for a daemon that looks twice a minute; these take a second or two each.
    emit_backfills=False,
    description="Requests what the conditions of all assets but `predictions` ask for.",
)

ask_models = dg.AutomationConditionSensorDefinition(
    "ask_models",
    target=_ASKING,
    minimum_interval_seconds=_SECONDS,
    default_status=_ON,
    # One run for all keys: a model is loaded once, and its temperatures share their work.
    emit_backfills=True,
    description="Requests predictions, all keys of one tick in a single run.",
)

SENSORS = [landing_zone, model_registry, retries, keep_current, ask_models]
