"""What a model file declares, and the names and versions that follow from it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import ENGINES, engine_class, family_of, options_of, shaping_options
from cameo_assets.models.engines.base import Method
from cameo_assets.models.prompts import PROMPTS
from cameo_assets.models.typed import read_yaml, suggestion, typed
from cameo_assets.provenance import version_of

MODEL_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""What a model may be called: it becomes a partition key and a folder."""

_REVISION: Final = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
_PLAIN: Final = "letters, digits, dots, underscores and hyphens, no dot in front"
_KEY: Final = re.compile(
    r"(?P<model>[a-z0-9][a-z0-9._-]*)@(?:(?P<method>likelihood)-)?(?P<temperature>[0-9][0-9.e-]*)"
)
PINNED: Final = re.compile(r"[0-9a-f]{40}|sha256-[0-9a-f]{16}")
"""What a revision is that can be looked up: a commit, or the hash of a folder."""
_PIN: Final = "a commit of 40 hex digits (`cameo models pin {id}` looks it up)"
_DECLARED: Final = "what the server has loaded: the commit, or the dated name of a model in a cloud"
_HOTTEST: Final = 100

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Exposure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a model saw a corpus in training.

    Attributes:
        seen: What is known of it.
        citation: Where that is said.
    """

    seen: Literal["yes", "no", "unknown"]
    citation: str = ""


class Needs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a machine must have.

    Attributes:
        gpu_memory_gib: Accelerator memory; 0 where none is needed.
    """

    gpu_memory_gib: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Condition(msgspec.Struct, frozen=True, order=True):
    """Under what a model is asked; with the model, it makes an evaluation.

    Attributes:
        temperature: 0 is greedy.
        method: How answers are got.
    """

    temperature: float
    method: Method = "generation"


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, or one baseline, and how it is asked.

    Attributes:
        id: Name of file, folder and partition.
        name: Name for people.
        kind: Whether it is a model under test or a baseline.
        engine: How it is asked: a key of `engines.ENGINES`.
        licence: Licence of the model.
        temperatures: Each is one evaluation by each method; 0 is greedy.
        methods: How answers are got.
        repository: Where the model is: `owner/name` on the Hub, or a folder (an absolute path, or one that
            starts with `./` and is relative to the store); empty where there is nothing to load.
        revision: Pinned revision of it: a commit on the Hub, `sha256-<16 hex digits>` of a folder's content.
        code_revision: Pinned revision of code that comes with it.
        trust_remote_code: Whether that code may run; only with both revisions pinned.
        languages: Languages that it claims; empty where it doesn't say.
        parameters: Number of parameters, or None.
        released: Release date, or empty.
        homepage: Link, or empty.
        exposure: Declared training exposure by corpus slug; a corpus that is not named is unknown.
        prompt: Id of the wording; empty for baselines and for engines that are asked nothing.
        samples: Draws for each utterance at temperatures above 0; at 0 there is always one.
        max_new_tokens: Longest answer.
        seed: What the noise is keyed by, with utterance and draw.
        needs: What a machine must have.
        enabled: Whether it is evaluated.
        options: For the engine alone.
    """

    id: str
    name: _Text
    kind: Literal["baseline", "model"]
    engine: str
    licence: _Text
    temperatures: Annotated[tuple[float, ...], msgspec.Meta(min_length=1)]
    methods: Annotated[tuple[Method, ...], msgspec.Meta(min_length=1)] = ("generation",)
    repository: str = ""
    revision: str = ""
    code_revision: str = ""
    trust_remote_code: bool = False
    languages: tuple[_Text, ...] = ()
    parameters: _Count | None = None
    released: str = ""
    homepage: str = ""
    exposure: dict[str, Exposure] = {}
    prompt: str = ""
    samples: _Count = 3
    max_new_tokens: _Count = 32
    seed: _Seed = 0
    needs: Needs = Needs()
    enabled: bool = True
    options: dict[str, Any] = {}


def load(source: str | Path | bytes, name: str = "") -> ModelSpec:
    """Reads a model file.

    Args:
        source: Path, or content.
        name: What to call the file in complaints, with its stem, which must be the model's id; by default
            the path.

    Raises:
        BadInput: The file breaks a rule; the message names file, key, what was seen and what is allowed.
        FileNotFoundError: There is no such file.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    path = name or str(source)
    spec = typed(read_yaml(data, path), ModelSpec, path)
    for key, broken, seen, expected in _rules(spec, Path(path).stem):
        if broken:
            raise BadInput(f"{path}: {key}", "value", seen, expected)
    kind = engine_class(spec.engine)
    typed(spec.options, kind.Options, path, inside="options")
    if kind.prompted and spec.kind == "model" and not spec.prompt:
        raise BadInput(f"{path}: prompt", "value", "''", suggestion("", sorted(filter(None, PROMPTS))))
    if spec.prompt and not kind.prompted:
        none = f"none, as {spec.engine} is asked nothing"
        raise BadInput(f"{path}: prompt", "value", repr(spec.prompt), none)
    if kind.greedy_only and spec.temperatures != (0.0,):
        raise BadInput(
            f"{path}: temperatures", "value", _listed(spec), f"[0], as {spec.engine} draws nothing"
        )
    if strange := sorted(set(spec.methods) - kind.methods):
        raise BadInput(
            f"{path}: methods", "value", repr(strange[0]), f"one of {', '.join(sorted(kind.methods))}"
        )
    if kind.pinned:
        _check_pins(spec, path)
    return spec


def conditions(spec: ModelSpec) -> list[Condition]:
    """All conditions under which a model is asked, sorted."""
    return sorted(Condition(heat, method) for heat in spec.temperatures for method in spec.methods)


def draws(spec: ModelSpec, condition: Condition) -> int:
    """How many answers are wanted of each utterance."""
    drawn = condition.temperature > 0 and condition.method == "generation"
    return spec.samples if drawn else 1


def identity(spec: ModelSpec) -> dict[str, Any]:
    """Which model answers, and the engine options that shape its answers."""
    return {
        "repository": spec.repository,
        "revision": spec.revision,
        "code_revision": spec.code_revision,
        "options": shaping_options(spec),
    }


def fingerprint(spec: ModelSpec, condition: Condition) -> str:
    """Version of everything in a model file that shapes the answers under a condition.

    Names, licences, links and how the engine is reached are no part of it.
    """
    return version_of(
        identity(spec),
        family_of(spec),
        PROMPTS[spec.prompt],
        condition,
        draws(spec, condition),
        spec.max_new_tokens,
        spec.seed,
    )


def gate_version(spec: ModelSpec) -> str:
    """Version of the way of asking on which the parity gate depends; empty where there is no gate."""
    gate = engine_class(spec.engine).gate
    if gate is None:
        return ""
    options = msgspec.to_builtins(options_of(spec))
    return version_of({name: value for name, value in options.items() if name in gate})


def evaluation_key(spec: ModelSpec, condition: Condition) -> str:
    """Key of an evaluation, which is a partition of Dagster.

    >>> from types import SimpleNamespace
    >>> [evaluation_key(SimpleNamespace(id="a-1"), Condition(t)) for t in (0, 0.7, 1.0)]
    ['a-1@0', 'a-1@0.7', 'a-1@1']
    >>> evaluation_key(SimpleNamespace(id="a-1"), Condition(0.7, "likelihood"))
    'a-1@likelihood-0.7'
    """
    method = "" if condition.method == "generation" else f"{condition.method}-"
    return f"{spec.id}@{method}{repr(condition.temperature + 0.0).removesuffix('.0')}"


def parse_key(key: str) -> tuple[str, Condition]:
    """Model id and condition of an evaluation.

    Raises:
        BadInput: It is not the key of an evaluation.
    """
    found = _KEY.fullmatch(key)
    try:
        if found is not None:
            method: Method = "likelihood" if found["method"] else "generation"
            return found["model"], Condition(float(found["temperature"]), method)
    except ValueError:  # such as `1..5`
        pass
    raise BadInput("evaluation key", "form", repr(key), "<model>@<temperature>, such as chance@0")


def _check_pins(spec: ModelSpec, path: str) -> None:
    """A model that may change under its name would put answers of two models into one cell."""
    if not spec.repository:
        raise BadInput(f"{path}: repository", "missing_key", "nothing", "owner/name on the Hub, or a folder")
    served = engine_class(spec.engine).served
    pin = _DECLARED if served else _PIN.format(id=spec.id)
    if not spec.revision and spec.enabled:
        raise BadInput(f"{path}: revision", "missing_revision", "nothing", pin)
    for key in ("revision", "code_revision"):
        value = getattr(spec, key)
        if value and not served and not PINNED.fullmatch(value):
            raise BadInput(f"{path}: {key}", "unpinned", repr(value), pin)


def _listed(spec: ModelSpec) -> str:
    return str([int(value) if value.is_integer() else value for value in spec.temperatures])


def _rules(spec: ModelSpec, stem: str) -> list[tuple[str, bool, str, str]]:
    """The rules that types don't carry: (key, whether it is broken, seen, expected)."""
    temperatures = spec.temperatures
    usable = all(0 <= value <= _HOTTEST for value in temperatures)
    unpinned = spec.trust_remote_code and not (spec.revision and spec.code_revision)
    rules = [
        ("id", not MODEL_ID.fullmatch(spec.id), repr(spec.id), f"to match {MODEL_ID.pattern}"),
        ("id", spec.id != stem, repr(spec.id), f"the file's own name, {stem!r}"),
        ("engine", spec.engine not in ENGINES, repr(spec.engine), suggestion(spec.engine, sorted(ENGINES))),
        ("temperatures", not usable, str(list(temperatures)), f"numbers from 0 to {_HOTTEST}"),
        ("temperatures", len(set(temperatures)) < len(temperatures), str(list(temperatures)), "each once"),
        ("methods", len(set(spec.methods)) < len(spec.methods), str(list(spec.methods)), "each once"),
        (
            "prompt",
            spec.prompt not in PROMPTS,
            repr(spec.prompt),
            suggestion(spec.prompt, sorted(filter(None, PROMPTS))),
        ),
        ("trust_remote_code", unpinned, "true", "false, unless revision and code_revision are both given"),
    ]
    for key in ("revision", "code_revision"):
        value = getattr(spec, key)
        rules.append((key, not _REVISION.fullmatch(value), repr(value), _PLAIN))
    for corpus, exposure in spec.exposure.items():
        uncited = exposure.seen != "unknown" and not exposure.citation
        rules.append((f"exposure.{corpus}", uncited, f"{exposure.seen} without citation", "a citation"))
    return rules
