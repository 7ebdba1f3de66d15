"""What may be set from outside."""

from pathlib import Path

import pytest

from cameo_assets.errors import BadInput
from cameo_assets.settings import Settings

DEFAULTS = Settings()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, DEFAULTS),
        ({"CAMEO_HOME": "", "CAMEO_WORKERS": " ", "CAMEO_LANDING": ""}, DEFAULTS),
        ({"OTHER": "x"}, DEFAULTS),
        ({"CAMEO_HOME": "/srv/cameo"}, Settings(home="/srv/cameo")),
        ({"CAMEO_HOME": " two words "}, Settings(home="two words")),
        ({"CAMEO_HOME": "~/cameo"}, Settings(home=str(Path.home() / "cameo"))),
        ({"CAMEO_LANDING": "~/raw"}, Settings(landing=str(Path.home() / "raw"))),
        (
            {"CAMEO_HOME": "s3://bucket/cameo", "CAMEO_LANDING": "/raw"},
            Settings(home="s3://bucket/cameo", landing="/raw"),
        ),
        ({"CAMEO_SENSOR_SECONDS": "5"}, Settings(sensor_seconds=5)),
        ({"CAMEO_WORKERS": "0"}, Settings(workers=0)),
        ({"CAMEO_WORKERS": " 8 "}, Settings(workers=8)),
        ({"CAMEO_COMPATIBLE": "1"}, Settings(compatible=True)),
        ({"CAMEO_COMPATIBLE": "0"}, DEFAULTS),
    ],
)
def test_settings_come_from_the_environment(environment: dict[str, str], expected: Settings) -> None:
    assert Settings.from_environment(environment) == expected


@pytest.mark.parametrize(
    ("environment", "name", "rule"),
    [
        ({"CAMEO_SENSOR_SECONDS": "0"}, "CAMEO_SENSOR_SECONDS", "whole_number"),
        ({"CAMEO_SENSOR_SECONDS": "1.5"}, "CAMEO_SENSOR_SECONDS", "whole_number"),
        ({"CAMEO_WORKERS": "-1"}, "CAMEO_WORKERS", "whole_number"),
        ({"CAMEO_WORKERS": "many"}, "CAMEO_WORKERS", "whole_number"),
        ({"CAMEO_WORKERS": "²"}, "CAMEO_WORKERS", "whole_number"),
        ({"CAMEO_COMPATIBLE": "yes"}, "CAMEO_COMPATIBLE", "switch"),
        ({"CAMEO_HOME": "s3://bucket/cameo"}, "CAMEO_LANDING", "local_folder"),
        ({"CAMEO_LANDING": "s3://bucket/raw"}, "CAMEO_LANDING", "local_folder"),
    ],
)
def test_a_bad_setting_is_named(environment: dict[str, str], name: str, rule: str) -> None:
    with pytest.raises(BadInput) as error:
        Settings.from_environment(environment)
    assert (error.value.path, error.value.rule) == (f"environment variable {name}", rule)


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMEO_WORKERS", "3")
    assert Settings.from_environment().workers == 3
