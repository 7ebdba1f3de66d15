"""The ablation reads what models said freely, and nothing else."""

from __future__ import annotations

from pathlib import Path

from cameo_assets.analysis.postprocessing_ablation import TABLE
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make


def test_evaluations_by_likelihood_are_left_out_and_counted(tmp_path: Path) -> None:
    platform = Platform.of(Settings(home=str(tmp_path), workers=1))
    small.drop_in(tmp_path / "landing" / "alpha", takes=1)
    file = small.model(tmp_path / "models", "parrot", temperatures=(0, 0.7))
    file.write_text(file.read_text() + "methods: [generation, likelihood]\n")
    for name in ("raw", "utterances", "normalized_audio"):
        make(name, platform, "alpha")
    make("unified_jsonl", platform)
    for key in ("parrot@0", "parrot@0.7", "parrot@likelihood-0", "parrot@likelihood-0.7"):
        for name in ("predictions", "answers", "metrics"):
            make(name, platform, key)
    make("leaderboard", platform)
    details = make("analysis/postprocessing_ablation", platform).details
    table = platform.store.read_table(TABLE.of())
    assert set(table["evaluation"].to_pylist()) == {"parrot@0", "parrot@0.7"}
    assert (details.evaluations, details.left_out) == (2, 2)
