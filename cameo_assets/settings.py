"""Paths and environment, typed. The only place that reads environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cameo_assets.errors import BadInput


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set from outside.

    Attributes:
        home: `CAMEO_HOME`, the folder (or fsspec URL) of the store, by default `data` in the current folder.
        landing: `CAMEO_LANDING`, the local folder for raw corpora, by default `landing` in the home.
        sensor_seconds: `CAMEO_SENSOR_SECONDS`, seconds between two looks of a sensor.
        workers: `CAMEO_WORKERS`, processes for the normalisation of audio; 0 takes one for each core.
        compatible: `CAMEO_COMPATIBLE`, 1 to leave out what publishers have and CAMEO has not.
    """

    home: str = "data"
    landing: str = ""
    sensor_seconds: int = 30
    workers: int = 0
    compatible: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Reads the settings, by default from the process's environment.

        Raises:
            BadInput: A variable is no whole number or switch as it should; or the landing zone is not local.
        """
        found = os.environ if environment is None else environment
        defaults = cls()
        home = _place(found, "CAMEO_HOME") or defaults.home
        landing = _place(found, "CAMEO_LANDING") or defaults.landing
        if "://" in landing or ("://" in home and not landing):
            seen = repr(landing) if landing else f"nothing, with CAMEO_HOME at {home!r}"
            raise BadInput("environment variable CAMEO_LANDING", "local_folder", seen, "a local folder")
        return cls(
            home=home,
            landing=landing,
            sensor_seconds=_whole(found, "CAMEO_SENSOR_SECONDS", defaults.sensor_seconds, least=1),
            workers=_whole(found, "CAMEO_WORKERS", defaults.workers, least=0),
            compatible=_yes(found, "CAMEO_COMPATIBLE"),
        )


def _place(found: Mapping[str, str], name: str) -> str:
    """A folder or URL; a shell puts the home folder for `~`, a file of variables does not."""
    text = found.get(name, "").strip()
    return str(Path(text).expanduser()) if text.startswith("~") else text


def _yes(found: Mapping[str, str], name: str) -> bool:
    text = found.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise BadInput(f"environment variable {name}", "switch", repr(text), "1 for on; 0 or nothing for off")
    return text == "1"


def _whole(found: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = found.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise BadInput(f"environment variable {name}", "whole_number", repr(text), f"at least {least}")
    return int(text)
