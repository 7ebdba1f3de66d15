"""Row `raw/<corpus>`: what the publishers published; one asset for each corpus, one for the dropped-in."""

import re
import unicodedata
from typing import TYPE_CHECKING

import dagster as dg

from cameo_assets.acquisition.acquire import downloadable
from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table
from cameo_assets.assets.partitions import DROP_INS
from cameo_assets.assets.partitions import raw as raw_partitions
from cameo_assets.corpora.landing import forget
from cameo_assets.corpora.registry import known
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.corpora.spec import CorpusSpec
    from cameo_assets.provenance import Record


class Look(dg.Config):
    """How hard to look.

    Attributes:
        verify: Read every byte again instead of trusting sizes and time stamps.
        download: Fetch what is openly downloadable and lacks in the landing zone, when a person asks for the
            asset. What sensors and schedules ask for never downloads anything.
    """

    verify: bool = False
    download: bool = True


AUTOMATIC = {"dagster/sensor_name", "dagster/schedule_name", "dagster/from_automation_condition"}
"""Tags of runs that no person asked for."""

CHECKS = {
    "checksums": "Archives have the size and checksum that their publisher published.",
    "no_stand_ins": "No file is a Git LFS pointer or a web page in place of what its name says.",
}


def _raw(spec: "CorpusSpec") -> dg.AssetsDefinition:
    partitions = raw_partitions(spec.slug)

    @dg.asset(
        key=["raw", spec.slug],
        partitions_def=partitions,
        group_name="raw",
        kinds={"file"},
        owners=OWNERS,
        code_version="2",
        tags={"language": _tag(spec.language)},
        description=_about(spec),
        metadata={
            "licence": spec.licence,
            "language": spec.language,
            "homepage": dg.MetadataValue.url(spec.homepage),
            "published utterances": spec.total or "unknown",
        },
        check_specs=check_specs(["raw", spec.slug], partitions, **CHECKS),
    )
    def raw(context: dg.AssetExecutionContext, cameo: Cameo, config: Look) -> dg.MaterializeResult:
        return _materialize(context, cameo, spec.slug, config)

    return raw


@dg.asset(
    key=["raw", "drop_in"],
    partitions_def=DROP_INS,
    group_name="raw",
    kinds={"file", "yaml"},
    owners=OWNERS,
    code_version="2",
    description=(
        "Corpora that users drop into the landing zone with a `corpus.yaml` and a `metadata.jsonl` or `.csv` "
        "beside the audio; one partition each, without code and without restart."
    ),
    check_specs=check_specs(["raw", "drop_in"], DROP_INS, **CHECKS),
)
def raw_drop_in(context: dg.AssetExecutionContext, cameo: Cameo, config: Look) -> dg.MaterializeResult:
    """Looks at one dropped-in corpus."""
    return _materialize(context, cameo, context.partition_key, config)


def _materialize(
    context: dg.AssetExecutionContext, cameo: Cameo, corpus: str, look: Look
) -> dg.MaterializeResult:
    if look.verify:
        forget(cameo.platform().store, corpus)
    if look.download and not AUTOMATIC & context.run.tags.keys():
        _download(context, cameo, corpus)
    platform, outcome = run_stage(context, cameo, "raw", corpus)
    details = outcome.record.details
    return result(
        outcome,
        {
            "path": dg.MetadataValue.path(str(platform.landing / corpus)),
            "files": details["files"],
            "bytes": details["bytes"],
            "spoken sample": details["sample"],
            "downloads": _downloads(outcome.record),
        },
        _checks(outcome.record),
    )


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
    from cameo_assets.stages.raw import obtain

    try:
        names = obtain(cameo.platform(context), corpus)
    except BadInput as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if names:
        context.log.info(f"downloaded and verified: {', '.join(names)}")


def _downloads(record: "Record") -> dg.MetadataValue[str]:
    rows = [
        (path, found["url"], found["verified"], found["against"])
        for path, found in record.details["downloads"].items()
    ]
    return table(["file", "from", "verified", "against"], rows)


def _checks(record: "Record") -> list[dg.AssetCheckResult]:
    checksums = record.details["checksums"]
    unknown = [path for path, verdict in checksums.items() if verdict == "not published"]
    wrong = {
        path: verdict for path, verdict in checksums.items() if verdict not in ("equal", "not published")
    }
    stand_ins = record.details["pretenders"]
    return [
        check(
            "checksums",
            not wrong,
            description=_compared(checksums, wrong),
            metadata={
                "compared": len(checksums) - len(unknown),
                "nothing published": ", ".join(unknown) or "none",
                "different": table(["file", "verdict"], wrong.items()),
            },
        ),
        check(
            "no_stand_ins",
            not stand_ins,
            # A checkout may leave what nobody reads unfetched; `utterances` refuses what somebody does.
            warn=True,
            metadata={"found": len(stand_ins), "first": table(["file", "is"], list(stand_ins.items())[:20])},
        ),
    ]


def _compared(checksums: dict[str, str], wrong: dict[str, str]) -> str:
    if wrong:
        return "; ".join(f"{path}: {verdict}" for path, verdict in wrong.items())
    equal = sum(verdict == "equal" for verdict in checksums.values())
    return f"archives as published: {equal}" if equal else "nothing here that a checksum is published for"


RAW = [_raw(spec) for spec in known().values()]
ASSETS = [*RAW, raw_drop_in]
