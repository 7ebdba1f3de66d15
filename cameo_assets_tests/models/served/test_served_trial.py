"""A served model is tried: what it costs is known before anyone pays for all of it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cameo_assets.models.trial import try_out
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS
from cameo_assets_tests.models.served.asking import recordings, served
from cameo_assets_tests.models.served.server import Server


def test_the_cost_of_all_follows_from_what_the_server_counted(store: Store, server: Server) -> None:
    spec = served(server, price_input=2.0, price_output=8.0)
    rows = pa.Table.from_pylist(recordings(store))
    found = try_out(store, spec, rows, OPTIONS, clips=2)
    answers = sum(table.num_rows for table in found.answers.values())
    assert (answers, found.full.answers, found.left.answers) == (6, 18, 12)
    assert found.paid["tokens_in"] > 0
    assert found.paid["cost"] == pytest.approx(
        (2 * found.paid["tokens_in"] + 8 * found.paid["tokens_out"]) / 1e6
    )
    for name, value in found.paid.items():
        assert found.full.paid[name] == pytest.approx(3 * value)
        assert found.left.paid[name] == pytest.approx(2 * value)
    again = try_out(store, spec, rows, OPTIONS, clips=2)
    assert (again.timing, again.paid) == (None, found.paid)
