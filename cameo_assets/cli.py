"""`cameo`: the platform from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from cameo_assets.cli_models import models
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

    from cameo_assets.automation import demo as demonstration
    from cameo_assets.terminal import page_console

    warnings.filterwarnings("ignore", module="dagster")
    try:
        demonstration.run(folder, page_console(), samples=samples)
    except demonstration.StepFailed as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("corpus", nargs=-1, metavar="[CORPUS]")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--audio", is_flag=True, help="Decode every recording, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(corpus: tuple[str, ...], path: Path, audio: bool, as_json: bool) -> None:
    """Say what a copy of a corpus contains, lacks and refuses; nothing is written.

    PATH is a folder or a single archive, as its publisher ships it. CORPUS is the name of one of CAMEO's
    corpora, or any name for a folder with a corpus.yaml; where it is left out, the files decide.
    """
    import json
    from contextlib import closing

    import msgspec

    from cameo_assets.audio.batch import WorkerError
    from cameo_assets.check.looking import look
    from cameo_assets.check.page import page
    from cameo_assets.terminal import ProgressBar, page_console

    if len(corpus) > 1:
        raise click.UsageError(f"at most one corpus and one path are expected, not {len(corpus)} and one")
    try:
        with closing(ProgressBar()) as bar:
            checked = look(path, "".join(corpus), audio=audio, progress=bar)
    except (OSError, WorkerError) as error:
        raise click.ClickException(f"{path}: {error}") from error
    if as_json:
        # In ASCII, so that names in no encoding at all get through, too.
        click.echo(json.dumps(msgspec.to_builtins(checked), indent=2))
    else:
        page_console().print(page(checked))
    if not checked.usable:
        raise SystemExit(1)


@main.command()
def status() -> None:
    """Say which products are out of date in CAMEO_HOME, and what stands in the way."""
    from cameo_assets.corpora.landing import bad_names
    from cameo_assets.stages.base import Platform
    from cameo_assets.stages.current import strangers
    from cameo_assets.stages.graph import out_of_date

    platform = Platform.of(Settings.from_environment())
    for complaint in [*bad_names(platform.landing), *strangers(platform)]:
        click.echo(f"no corpus: {complaint}")
    stale = out_of_date(platform)
    for each in stale:
        click.echo(f"{each.stage:<26} {each.partition:<24} {each.reason or 'can be made now'}")
    click.echo(f"{len(stale)} out of date" if stale else "everything is current")


main.add_command(models)

if __name__ == "__main__":
    main()
