"""How long Dagster's code location takes to load: `python -m benchmarks.load`.

`import cameo_assets.definitions` against `import dagster` alone, each in processes of its own that take
turns, best of several; and which heavy libraries the import brought along, of which there should be none.
"""

from __future__ import annotations

import subprocess
import sys

import click

HEAVY = (
    *("av", "duckdb", "huggingface_hub", "librosa", "matplotlib", "numba", "numpy", "pandas", "pyarrow"),
    *("rapidfuzz", "scipy", "sklearn", "soundfile", "soxr", "torch", "transformers"),
)

PROGRAM = """
import sys, time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
print(" ".join(name for name in {heavy!r} if name in sys.modules))
"""


def load(module: str) -> tuple[float, list[str]]:
    """Seconds of an import in a fresh process, and the heavy libraries that it loaded."""
    program = PROGRAM.format(module=module, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    taken, heavy, *_ = [*done.stdout.splitlines(), ""]
    return float(taken), heavy.split()


@click.command()
@click.option("--rounds", default=7, show_default=True)
def main(rounds: int) -> None:
    """Times both imports and prints what it measured."""
    modules = ("dagster", "cameo_assets.definitions")
    times: dict[str, list[float]] = {module: [] for module in modules}
    heavy: dict[str, list[str]] = {}
    for number in range(rounds + 1):
        for module in modules:
            taken, heavy[module] = load(module)
            if number:  # the first round compiles and warms the disk cache
                times[module].append(taken)
    best = {module: min(values) for module, values in times.items()}
    for module in modules:
        ratio = best[module] / best["dagster"]
        loaded = ", ".join(heavy[module]) or "none"
        print(f"{module:28} {best[module]:6.2f} s  {ratio:5.2f} x dagster  heavy libraries: {loaded}")


if __name__ == "__main__":
    main()
