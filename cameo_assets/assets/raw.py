"""The assets `raw/<corpus>`: one for each known corpus, one for all that are dropped in."""

import re
import unicodedata
from typing import TYPE_CHECKING

import dagster as dg

from cameo_assets.acquisition.acquire import downloadable
from cameo_assets.assets.common import OWNERS, Make, check_specs, key_of, materialize
from cameo_assets.assets.partitions import DROP_INS
from cameo_assets.assets.partitions import raw as raw_partitions
from cameo_assets.assets.rendering import check_event
from cameo_assets.corpora.registry import known
from cameo_assets.lineage.declaration import Product
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.corpora.spec import CorpusSpec


class Look(Make):
    """How hard to look; `anew` reads every byte again instead of trusting sizes and time stamps.

    Attributes:
        download: Fetch what is openly downloadable and lacks in the landing zone, when a person asks for the
            asset. What sensors and schedules ask for never downloads anything.
    """

    download: bool = True


AUTOMATIC = {"dagster/sensor_name", "dagster/schedule_name", "dagster/from_automation_condition"}
"""Tags of runs that no person asked for."""


def raw_of(product: Product) -> list[dg.AssetsDefinition]:
    """The assets of the raw corpora."""
    return [*(_known(product, spec) for spec in known().values()), _drop_in(product)]


def _known(product: Product, spec: "CorpusSpec") -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(product.name, spec.slug),
        partitions_def=raw_partitions(spec.slug),
        group_name=product.group,
        kinds=set(product.kinds),
        owners=OWNERS,
        code_version=product.code_version,
        tags={"language": _tag(spec.language)},
        description=_about(spec),
        metadata={
            "licence": spec.licence,
            "language": spec.language,
            "homepage": dg.MetadataValue.url(spec.homepage),
            "published utterances": spec.total or "unknown",
        },
        check_specs=check_specs(product, spec.slug),
    )
    def raw(context: dg.AssetExecutionContext, cameo: Cameo, config: Look) -> dg.MaterializeResult:
        return _materialize(context, cameo, spec.slug, config)

    return raw


def _drop_in(product: Product) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(product.name),
        partitions_def=DROP_INS,
        group_name=product.group,
        kinds={*product.kinds, "yaml"},
        owners=OWNERS,
        code_version=product.code_version,
        description=product.about,
        check_specs=check_specs(product, "drop_in"),
    )
    def drop_in(context: dg.AssetExecutionContext, cameo: Cameo, config: Look) -> dg.MaterializeResult:
        return _materialize(context, cameo, context.partition_key, config)

    return drop_in


def _materialize(
    context: dg.AssetExecutionContext, cameo: Cameo, corpus: str, look: Look
) -> dg.MaterializeResult:
    if look.download and not AUTOMATIC & context.run.tags.keys():
        _download(context, cameo, corpus)
    _demand_place(context, cameo, corpus)
    return materialize(context, cameo, "raw", corpus, anew=look.anew)


def _demand_place(context: dg.AssetExecutionContext, cameo: Cameo, corpus: str) -> None:
    """Says by check and failure that the folder of a corpus is gone; what was made of it stays."""
    from cameo_assets.products.raw import in_place

    found = in_place(cameo.snapshot(), corpus)
    if not found.passed:
        context.log_event(check_event(key_of("raw", corpus), corpus, found))
        raise dg.Failure(description=found.description, allow_retries=False)


def _about(spec: "CorpusSpec") -> str:
    """The description of the asset; a corpus that users add may leave half of it unsaid."""
    where = f" as published: {spec.homepage}" if spec.homepage else " as published"
    folder = f"`{spec.slug}` in the landing zone"
    way = f"Downloaded when you materialise this asset, or put by hand into {folder}"
    way = way if downloadable(spec) else f"Put into {folder}"
    parts = [
        f"{spec.name} ({spec.language}, {spec.licence}){where}",
        spec.citation,
        f"{way}: {spec.obtain or 'the archive or the files, as published'}.",
        "Known defects:" if spec.defects else "",
        "\n".join(f"- {defect}" for defect in spec.defects),
    ]
    return "\n\n".join(part for part in parts if part)


def _tag(language: str) -> str:
    """The language as Dagster allows it in a tag: ASCII without blanks, and not too long."""
    plain = unicodedata.normalize("NFKD", language.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:63]


def _download(context: dg.AssetExecutionContext, cameo: Cameo, corpus: str) -> None:
    """Fetches a corpus; a failure says how to get it otherwise."""
    from cameo_assets.errors import BadInput
    from cameo_assets.products.raw import obtain

    try:
        names = obtain(cameo.platform(context), corpus)
    except BadInput as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if names:
        context.log.info(f"downloaded and verified: {', '.join(names)}")
