"""The command ``pt-kata``: parses, and leaves the work to the other modules."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import click

from pt_kata.catalog import Catalog, CatalogError, Kata, load, nearest
from pt_kata.workspace import find_workspace


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pt_kata")
def main() -> None:
    """Learn PyTorch from the inside, one assertion at a time."""


@main.command()
@click.argument("katas", nargs=-1, metavar="[KATA]...")
@click.option("--mutants", is_flag=True, help="Also run mechanical mutants of the reference; takes longer.")
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON, each mistake and mutant by itself.")
def verify(katas: tuple[str, ...], mutants: bool, as_json: bool) -> None:
    r"""Prove that the katas test what they say (for authors).

    \b
    Example:
      pt-kata verify losses/cross_entropy --mutants
    """
    from pt_kata.audit import PARTS, audit
    from pt_kata.audit.table import show

    if mutants and not find_spec("cosmic_ray"):
        raise click.ClickException("--mutants needs the mutation tool: pip install cosmic-ray")
    catalog = _catalog()
    chosen = [_kata(catalog, name) for name in katas] or list(catalog.katas)
    parts = [part for part in PARTS if mutants or part != "mutants"]
    checks = list(show(audit(catalog.root, chosen, parts), chosen, parts, quiet=as_json))
    if as_json:
        from pt_kata.audit.table import as_data

        click.echo(json.dumps(as_data(checks), indent=2))
    if any(check.problems for check in checks):
        raise SystemExit(1)


def _catalog() -> Catalog:
    root = find_workspace(Path.cwd())
    if not root:
        raise click.ClickException("there is no katas/curriculum.toml in this folder or above it")
    try:
        return load(root)
    except CatalogError as error:
        raise click.ClickException(str(error)) from None


def _kata(catalog: Catalog, name: str) -> Kata:
    """The kata called ``name``: its id, its name alone, or a path to it."""
    wanted = name.removesuffix(".py").removeprefix("./").removeprefix("katas/")
    path = (Path.cwd() / name).resolve().with_suffix("")
    found = [kata for kata in catalog.katas if wanted in (kata.id, kata.name) or path == kata.stub.with_suffix("")]
    if not found:
        names = [name for kata in catalog.katas for name in (kata.id, kata.name)]
        raise click.BadParameter(f"there is no kata {name!r}{nearest(wanted, names)}", param_hint="KATA")
    return found[0]
