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
    """Say which products are out of date in CAMEO_HOME and why, and what stands in the way."""
    from cameo_assets.corpora.landing import bad_names
    from cameo_assets.lineage.graph import out_of_date
    from cameo_assets.lineage.snapshot import Platform, Snapshot
    from cameo_assets.products.raw import in_place

    snapshot = Snapshot(Platform.of(Settings.from_environment()))
    stale = out_of_date(snapshot)
    for complaint in [*bad_names(snapshot.platform.landing), *snapshot.strangers()]:
        click.echo(f"no corpus: {complaint}")
    for corpus in snapshot.gone:
        click.echo(f"gone: {in_place(snapshot, corpus).description}")
    for complaint in snapshot.complaints:
        click.echo(f"broken: {complaint}")
    for each in stale:
        click.echo(f"{each.product:<32} {each.partition:<24} {each.reason or f'can be made now: {each.why}'}")
    click.echo(f"{len(stale)} out of date" if stale else "everything is current")


@main.command()
@click.argument("product")
@click.argument("partition", nargs=-1)
@click.option("--anew", is_flag=True, help="Make it whatever its record says.")
def make(product: str, partition: tuple[str, ...], anew: bool) -> None:
    """Make a product of CAMEO_HOME without Dagster, unless it is current.

    PRODUCT is a name such as `normalized_audio` or `hub/dataset`; PARTITION are corpora or evaluations, by
    default all of them.
    """
    from cameo_assets.errors import BadInput
    from cameo_assets.lineage.declaration import NotReady
    from cameo_assets.lineage.snapshot import Platform, Snapshot
    from cameo_assets.products.making import make_product
    from cameo_assets.terminal import ProgressBar

    snapshot = Snapshot(Platform.of(Settings.from_environment(), ProgressBar()))
    failed = False
    try:
        for said in make_product(snapshot, product, partition, anew=anew):
            click.echo(f"{said.name}: {said.text}", err=said.failed)
            failed = failed or said.failed
    except (NotReady, BadInput) as error:
        raise click.ClickException(str(error)) from error
    if failed:
        raise SystemExit(1)


main.add_command(models)

if __name__ == "__main__":
    main()
