"""Scores: `evaluation` for one evaluation, `leaderboard` for all of them side by side.

`rows` codes the collection, `counts` reduces predictions to sums for each group of utterances, `scores` turns
sums into numbers, `bootstrap` into intervals, `ranking` compares evaluations, `chance` says what guessing
gives. These modules import numpy at the top: import them inside functions where loading time matters.
"""
