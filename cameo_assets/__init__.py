"""CAMEO, the benchmark of multilingual speech emotion recognition, as a graph of Dagster assets.

The domain packages (`corpora`, `audio`, `collection`, `models`, `answers`, `metrics`, `analysis`, `board`,
`hub`) know nothing of Dagster and can be used by themselves. Data flows through them in that order, and none
imports one to its right. `lineage` says what is made from what, `products` declares each product once.
`assets` and `automation` hold all that is Dagster; `definitions` puts it together.
"""
