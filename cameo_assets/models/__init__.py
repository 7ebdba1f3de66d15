"""Which models are evaluated, and how they are asked.

`spec` is what a model file declares (`typed` reads it), `catalog/` holds one file for each model, `registry`
reads them all. `prompts` holds the wording, `plan` says which answers are wanted, `request` when a stored one
may be used again, `evaluate` asks for the rest, and `predictions` keeps raw answers. `engines/` has one file
for each way of getting an answer; `features` and `folds` belong to its probes.
"""
