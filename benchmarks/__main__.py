"""All benchmarks, one after the other: `make bench`. Each has a process of its own, so none warms another."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = {
    "load": "loading the code location beside importing dagster",
    "noop": "finding that 14 corpora and 242 evaluations are current",
    "landing": "looking at 41,265 files again",
    "listing": "finding and describing the 41,265 utterances of all thirteen corpora",
    "normalisation": "normalising mixed audio formats beside a loop of ffmpeg processes",
    "evaluation": "the orchestration's own time for 577,710 answers of a model, and for asking again",
    "generation": "a small Qwen2-Audio at four temperatures beside a loop of generate",
    "bootstrap": "intervals for 16 evaluations of 41,265 utterances",
}


def main() -> int:
    """Runs every benchmark; the number of those that failed."""
    failed = 0
    for name, about in BENCHMARKS.items():
        print(f"\n== {name}: {about}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
