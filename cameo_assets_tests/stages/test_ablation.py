"""The ablation reads what models said freely, and nothing else."""

from __future__ import annotations

from pathlib import Path

from cameo_assets.stages import ablation
from cameo_assets.stages.base import Platform, run
from cameo_assets.stages.graph import stage

from cameo_assets.settings import Settings
from cameo_assets_tests import small


def test_evaluations_by_likelihood_are_left_out_and_counted(tmp_path: Path) -> None:
    platform = Platform.of(Settings(home=str(tmp_path), workers=1))
    small.drop_in(tmp_path / "landing" / "alpha", takes=1)
    file = small.model(tmp_path / "models", "parrot", temperatures=(0, 0.7))
    file.write_text(file.read_text() + "methods: [generation, likelihood]\n")
    for name in ("raw", "utterances", "normalized_audio"):
        run(stage(name), platform, "alpha")
    run(stage("unified_jsonl"), platform)
    for key in ("parrot@0", "parrot@0.7", "parrot@likelihood-0", "parrot@likelihood-0.7"):
        for name in ("predictions", "answers", "metrics"):
            run(stage(name), platform, key)
    details = run(stage("postprocessing_ablation"), platform).record.details
    table = platform.store.read_table(ablation.TABLE)
    assert set(table["evaluation"].to_pylist()) == {"parrot@0", "parrot@0.7"}
    assert (details["evaluations"], details["left out, by likelihood"]) == (2, 2)
