"""The ways of getting an answer, by name, one file each; `base` says what every engine promises.

An engine module imports nothing heavy at its top, so its class can be looked at (family, scope, options)
without loading a model.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import msgspec

from cameo_assets.models.engines.base import Engine, Method, Scope

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec

ENGINES: Final = {
    "acoustic-probe": "cameo_assets.models.engines.acoustic_probe:AcousticProbe",
    "chance": "cameo_assets.models.engines.chance:Chance",
    "classifier": "cameo_assets.models.engines.classifier:AudioClassifier",
    "encoder-probe": "cameo_assets.models.engines.encoder_probe:EncoderProbe",
    "majority": "cameo_assets.models.engines.majority:Majority",
    "openai": "cameo_assets.models.engines.openai:OpenAi",
    "scripted": "cameo_assets.models.engines.scripted:Scripted",
    "transformers": "cameo_assets.models.engines.transformers:Transformers",
}
"""Where the class of each engine is."""


class EngineClass(Protocol):
    """What the class of an engine offers before any model is loaded.

    Attributes:
        family: As of `Engine`.
        scope: As of `Engine`.
        Options: Struct of the options that a model spec may give; unknown ones are refused.
        operational: Options that say how to ask and don't shape what is answered (addresses, delays); they
            are no part of the request key.
        greedy_only: Whether sampling would mean nothing, so that 0 is the only temperature.
        methods: How answers can be got.
        pinned: Whether there is a model to name, so that a spec must say its repository and pinned revision.
        served: Whether a server has loaded the model, so that its revision can only be declared.
        prompted: Whether it is asked in words: the spec of a model must then name a prompt, else it must not.
        gate: Options that say how many are asked at once and the like, on which the parity gate depends; None
            for an engine that needs no gate, as it answers one by one anyway.
        plain: Values of options with which a gated engine answers one by one anyway; empty where none do.
    """

    family: str
    scope: Scope
    Options: type[msgspec.Struct]
    operational: frozenset[str]
    greedy_only: bool
    methods: frozenset[Method]
    pinned: bool
    served: bool
    prompted: bool
    gate: frozenset[str] | None
    plain: Mapping[str, Any]

    def __call__(self, spec: ModelSpec, options: Any, store_home: str) -> Engine:
        """Loads the model.

        Args:
            spec: The model.
            options: Its `Options`.
            store_home: The store, for what an engine may cache.
        """
        ...


def engine_class(name: str) -> EngineClass:
    """The class of an engine.

    Raises:
        KeyError: There is none of that name (`spec.load` has checked it).
    """
    module, _, attribute = ENGINES[name].partition(":")
    return cast(EngineClass, getattr(importlib.import_module(module), attribute))


def family_of(spec: ModelSpec) -> str:
    """Engine family of a model, without loading it."""
    return engine_class(spec.engine).family


def options_of(spec: ModelSpec) -> Any:
    """The engine's options with defaults filled in, as its `Options` struct.

    Raises:
        msgspec.ValidationError: They don't fit (`spec.load` has checked it).
    """
    return msgspec.convert(spec.options, engine_class(spec.engine).Options)


def shaping_options(spec: ModelSpec) -> dict[str, Any]:
    """The options that shape what is answered, as plain data."""
    operational = engine_class(spec.engine).operational
    options = msgspec.to_builtins(options_of(spec))
    return {name: value for name, value in options.items() if name not in operational}
