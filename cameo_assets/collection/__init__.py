"""All corpora side by side.

`rows` is what a row holds, `files` where the products are, and `unify` puts the corpora together. `totals`
compares them with CAMEO, `duplicates` and `overlap` look for what occurs twice. `splits` are the folds for
those who train, which `splits_page` explains.
"""
