"""`cameo models`: what there is to evaluate, whether it can be, and at which revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cameo_assets.cli_try import try_model
from cameo_assets.errors import BadInput
from cameo_assets.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from cameo_assets.models.inventory import Entry
    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store


@click.group()
def models() -> None:
    """Look at model files, check them, pin them, try them."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_models(as_json: bool) -> None:
    """List all models of the catalogue and of CAMEO_HOME/models."""
    from cameo_assets.models.inventory import entries
    from cameo_assets.terminal import page_console

    found = entries(_store())
    if as_json:
        import json

        click.echo(json.dumps([_plain(entry) for entry in found], indent=2))
        return
    page_console().print(_table([entry for entry in found if entry.spec is not None]))
    click.echo(
        "A + stands for likelihoods beside generated answers; `cameo models check` names all evaluations."
    )
    for entry in found:
        if entry.spec is None:
            click.echo(f"broken: {entry.error}")


@models.command()
@click.argument("files", nargs=-1, metavar="[FILE|ID]...")
@click.option("--online", is_flag=True, help="Ask the Hub whether repositories and commits are there.")
def check(files: tuple[str, ...], online: bool) -> None:
    """Say of model files whether they are sound, what is missing, and what would be evaluated.

    Without FILE or ID, all models are checked. The exit code is 1 where a file breaks a rule, or an enabled
    model cannot be evaluated.
    """
    from cameo_assets.models.checkup import examine
    from cameo_assets.models.inventory import entries, find

    store = _store()
    try:
        chosen = [entry for name in files for entry in find(store, name)] if files else entries(store)
    except BadInput as fault:
        raise click.ClickException(str(fault)) from fault
    failed = False
    for entry in chosen:
        findings = examine(entry, store.home, online=online)
        failed |= any(finding.level == "error" for finding in findings)
        click.echo(f"{entry.id} ({entry.file}): {'sound' if entry.spec else 'broken'}")
        for finding in findings:
            click.echo(f"  {finding.level}: {finding.text}")
        if entry.spec is not None:
            click.echo(f"  evaluations: {' '.join(entry.evaluations)}")
    if failed:
        raise SystemExit(1)


@models.command()
@click.argument("model", metavar="ID")
@click.option("--force", is_flag=True, help="Move a pinned model to what is there now.")
@click.option("--off", is_flag=True, help="Leave a model off that is off, to try it first.")
def pin(model: str, force: bool, off: bool) -> None:
    """Pin a model to a commit of its repository, or to the content of its folder, and enable it.

    The file is written to CAMEO_HOME/models. A model of the catalogue keeps the commit that is known to it;
    one without a commit gets the newest.
    """
    from cameo_assets.models.local.repository import Unreachable
    from cameo_assets.models.pin import pin as pin_model

    try:
        done = pin_model(_store(), model, force=force, enable=not off)
    except (BadInput, Unreachable) as fault:
        raise click.ClickException(str(fault)) from fault
    state = "and enabled" if done.enabled else "and off"
    click.echo(f"{done.file}: {model} is {'now ' if done.written else ''}pinned to {done.revision} {state}")
    if done.before and done.before != done.revision:
        click.echo(f"It was pinned to {done.before}: all of its answers are asked for anew.")
    if done.served:
        click.echo(
            f"Its server must be started with this revision, such as `vllm serve --revision {done.revision}`."
        )
    if not done.allowed:
        click.echo("Its repository is gated: accept the licence on its page on the Hub, and set HF_TOKEN.")


models.add_command(try_model)


def _store() -> Store:
    from cameo_assets.store import Store

    return Store(Settings.from_environment().home)


def _table(found: list[Entry]) -> Table:
    from rich.table import Table

    table = Table(title="Models: the catalogue's, and those in CAMEO_HOME/models")
    for column in ("model", "enabled", "engine", "temperatures", "revision", "GPU", "licence", "from"):
        table.add_column(column, no_wrap=column != "licence", overflow="fold")
    for entry in found:
        spec = entry.spec
        assert spec is not None
        table.add_row(
            entry.id,
            "yes" if spec.enabled else "no",
            spec.engine,
            _conditions(spec),
            _revision(spec),
            f"{spec.needs.gpu_memory_gib:g} GiB" if spec.needs.gpu_memory_gib else "",
            spec.licence,
            "catalogue" if entry.file.startswith("catalog/") else "store",
        )
    return table


def _conditions(spec: ModelSpec) -> str:
    """Temperatures, and a `+` where the exact likelihoods are asked for as well."""
    methods = "" if spec.methods == ("generation",) else " +" if len(spec.methods) > 1 else " (likelihood)"
    return " ".join(f"{heat:g}" for heat in spec.temperatures) + methods


def _revision(spec: ModelSpec) -> str:
    """As short as git shows it; a name that a server gives is shown in full."""
    from cameo_assets.models.spec import PINNED

    if PINNED.fullmatch(spec.revision):
        return spec.revision[:13] if spec.revision.startswith("sha256-") else spec.revision[:7]
    return spec.revision or ("none yet" if spec.repository else "")


def _plain(entry: Entry) -> dict[str, object]:
    """An entry as JSON."""
    import msgspec

    plain = {"id": entry.id, "file": entry.file, "error": entry.error, "evaluations": entry.evaluations}
    return {**plain, "spec": msgspec.to_builtins(entry.spec)}
