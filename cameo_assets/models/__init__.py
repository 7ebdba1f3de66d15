"""Which models are evaluated, and how they are asked.

`spec` is what a model file declares (`typed` reads it), `catalog/` holds one file for each model, `registry`
reads them all; `catalogue`, `checkup` and `pin` are for those who look after them. `prompts` holds the
wording, `plan` says which answers are wanted, `request` when a stored one may be used again, `evaluate` asks
for the rest, and `predictions` keeps raw answers.

`engines/` has one file for each way of getting an answer, `local/` what runs a model in this process,
`served/` what asks a server; `probing`, `features`, `pooled`, `recordings` and `folds` belong to the
probes. `parity` holds an engine that asks many at once to what it says one by one, and `comparison` keeps
what was said meanwhile; `heartbeat` and
`taxonomy` tell how an evaluation goes, and `trial` what it would take.
"""
