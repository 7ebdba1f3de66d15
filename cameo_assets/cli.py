"""`cameo`: the platform from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from cameo_assets.settings import Settings


@click.group()
@click.version_option(package_name="cameo_assets")
def main() -> None:
    """CAMEO, the multilingual speech emotion benchmark, as a Dagster asset graph."""


@main.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where everything of the demo goes.",
)
@click.option(
    "--samples/--no-samples",
    default=True,
    show_default=True,
    help="Lay spoken samples first, or take what lies in FOLDER/landing.",
)
def demo(folder: Path, samples: bool) -> None:
    """Take corpora through the whole graph, and print the board."""
    import warnings

    from rich.console import Console

    from cameo_assets.automation import demo as demonstration

    warnings.filterwarnings("ignore", module="dagster")
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    try:
        demonstration.run(folder, console, samples=samples)
    except demonstration.StepFailed as error:
        raise click.ClickException(str(error)) from error


@main.command()
def status() -> None:
    """Say which products are out of date in CAMEO_HOME, and why where something stands in the way."""
    from cameo_assets.stages.base import Platform
    from cameo_assets.stages.graph import out_of_date

    stale = out_of_date(Platform.of(Settings.from_environment()))
    for each in stale:
        click.echo(f"{each.stage:<26} {each.partition:<24} {each.reason or 'can be made now'}")
    click.echo(f"{len(stale)} out of date" if stale else "everything is current")


if __name__ == "__main__":
    main()
