"""All corpora side by side.

`rows` is what a row holds, `unify` puts the corpora together, `totals` compares them with CAMEO, `duplicates`
and `overlap` look for what occurs twice, and `splits` are the folds for those who train. `folds` are those of
the acoustic probe.
"""
