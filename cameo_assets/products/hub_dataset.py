"""`hub/dataset`: the exact tree of the dataset repo, in the local publish folder."""

from __future__ import annotations

from collections.abc import Mapping

from cameo_assets.hub.dataset import build_dataset
from cameo_assets.hub.rulings import version as version_of_rulings
from cameo_assets.lineage.declaration import Made, Product, Read, Setting, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.places import DATASET, DATASET_PLAN
from cameo_assets.products import publications
from cameo_assets.products.unified_jsonl import Details as CollectionDetails
from cameo_assets.provenance import WHOLE


def rulings(snapshot: Snapshot, _partition: str) -> Mapping[str, str]:
    """What people decided about licences, and the columns that no score rests on."""
    found = snapshot.details("unified_jsonl", WHOLE, CollectionDetails)
    return {"columns": found.columns if found else "", "licences": version_of_rulings(snapshot.store)}


def make(job: Job) -> Made:
    """Builds the tree from the collection, its folds and its audio."""
    return publications.built(job, DATASET_PLAN, lambda: build_dataset(job.store))


PRODUCT = Product(
    name="hub/dataset",
    about="The dataset repo: audio in Parquet, metadata, folds, card, licences.",
    group="hub",
    kinds=("huggingface", "parquet"),
    reads=(
        Read("unified_jsonl"),
        Read("splits"),
        Read("normalized_audio", lambda snapshot: snapshot.normalized, vouched_by="unified_jsonl"),
        Setting.LICENCES,
    ),
    places=(DATASET, DATASET_PLAN),
    code_version="3",
    make=make,
    details=publications.Details,
    show=publications.show,
    checks=publications.CHECKS,
    # The folds follow every new collection, so that following both would build the repo twice.
    by_itself=WhenSettled(following="splits"),
    also=rulings,
)
