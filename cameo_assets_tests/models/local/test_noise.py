from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cameo_assets.models.local import noise
from cameo_assets.models.local.noise import draw, gumbel, noise_key

KEYS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def plain_mix(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % 2**64
    return value ^ (value >> 31)


def plain_gumbel(key: int, step: int, token: int) -> float:
    """The same in integers of Python, one number at a time."""
    golden = 0x9E3779B97F4A7C15
    state = plain_mix((key + golden * (step + 1)) % 2**64)
    uniform = (2 * (plain_mix((state + golden * (token + 1)) % 2**64) >> 12) + 1) / 2**53
    return -math.log(-math.log(uniform))


def plain_draw(logits: list[float], temperature: float, key: int, step: int) -> int:
    if temperature == 0:
        return logits.index(max(logits))
    scores = [logit / temperature + plain_gumbel(key, step, token) for token, logit in enumerate(logits)]
    return scores.index(max(scores))


@settings(max_examples=50, deadline=None)
@given(st.lists(KEYS, min_size=1, max_size=4), st.integers(0, 10_000), st.integers(1, 40))
def test_equals_the_plain_twin(keys: list[int], step: int, tokens: int) -> None:
    expected = [[plain_gumbel(key, step, token) for token in range(tokens)] for key in keys]
    torch.testing.assert_close(
        gumbel(torch.tensor(keys), step, tokens), torch.tensor(expected, dtype=torch.float64)
    )


def test_the_key_is_the_beginning_of_a_hash_of_seed_utterance_and_draw() -> None:
    digest = hashlib.sha256(b"7\na.flac\n2").digest()
    assert noise_key(7, "a.flac", 2) == int.from_bytes(digest[:8], signed=True)


def test_noise_differs_by_seed_utterance_draw_step_and_token() -> None:
    keys = [noise_key(*key) for key in ((0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1))]
    drawn = torch.stack([gumbel(torch.tensor(keys), step, 50) for step in range(3)])
    assert len(drawn.unique()) == 3 * len(keys) * 50


def test_the_first_bits_are_even() -> None:
    """Counters in order must not show in the noise: each of 16 bins, and each pair of neighbours."""
    uniform = torch.exp(-torch.exp(-gumbel(torch.tensor([noise_key(0, "a", 0)]), 0, 2**16)))[0].numpy()
    bins = np.floor(uniform * 16).astype(int)
    pairs = bins[::2] * 16 + bins[1::2]
    assert stats.chisquare(np.bincount(bins, minlength=16)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(pairs, minlength=256)).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_draws_follow_softmax(temperature: float) -> None:
    logits = torch.tensor([2.0, 1.0, 0.5, -1.0, 0.0])
    count = 20_000
    keys = [noise_key(3, f"{number}.flac", 0) for number in range(count)]
    drawn = draw(logits.expand(count, -1), [temperature] * count, keys, step=1)
    expected = count * (logits.double() / temperature).softmax(-1)
    observed = torch.bincount(drawn, minlength=len(logits))
    assert stats.chisquare(observed.numpy(), expected.numpy()).pvalue > 1e-3


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(-20, 20, width=32), min_size=6, max_size=6), st.sampled_from([0, 0.3, 1]), KEYS
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 100),
)
def test_a_row_is_drawn_as_if_it_were_alone(rows: list[tuple[list[float], float, int]], step: int) -> None:
    logits, temperatures, keys = zip(*rows, strict=True)
    drawn = draw(torch.tensor(logits), temperatures, keys, step).tolist()
    assert drawn == [plain_draw(*row, step) for row in rows]


def test_many_rows_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = torch.randn(9, 11, generator=torch.Generator().manual_seed(0))
    temperatures, keys = [0.0, 1.0, 0.5] * 3, list(range(9))
    whole = draw(logits, temperatures, keys, 0)
    monkeypatch.setattr(noise, "_ELEMENTS", 25)
    assert torch.equal(draw(logits, temperatures, keys, 0), whole)


def test_temperatures_that_share_their_noise_have_it_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        noise, "gumbel", lambda keys, *size: made.extend(keys.tolist()) or gumbel(keys, *size)
    )
    logits = torch.randn(8, 11, generator=torch.Generator().manual_seed(0))
    temperatures, keys = [0.0, 0.3, 0.7, 1.0] * 2, [4, 5, 5, 5, 4, 6, 6, 6]
    drawn = draw(logits, temperatures, keys, 0)
    assert made == [5, 6]
    rows = zip(logits.tolist(), temperatures, keys, strict=True)
    assert drawn.tolist() == [plain_draw(*row, 0) for row in rows]


def test_greedy_meets_no_noise() -> None:
    logits = torch.tensor([[0.0, 1e-6, 0.0]] * 64)
    assert draw(logits, [0.0] * 64, list(range(64)), 0).tolist() == [1] * 64
