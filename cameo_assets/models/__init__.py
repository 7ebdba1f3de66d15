"""Which models are evaluated, and how they are asked.

`spec` is what a model file declares, `catalog/` holds one file for each model, `registry` reads them, `prompts`
holds the wording, `request` says when a stored answer may be used again, `predictions` keeps raw answers,
`evaluate` asks what is not answered yet, and `engines/` has one file for each way of getting an answer.
"""
