"""Which models are evaluated, and how they are asked.

What models there are: `spec` is what a model file declares (`typed` reads it, `secrets` keeps keys out of
it), `catalog/` holds one file for each model, `registry` reads them all; `inventory`, `checkup`, `pin` and
`trial` are for those who look after them.

What is asked: `prompts` holds the wording, `plan` says which answers are wanted, `request` when a stored one
may be used again. `evaluate` asks for the rest; `promise` holds engines to what they promise, `shards` writes
answers as they come, `heartbeat` tells meanwhile how it goes; `predictions` keeps raw answers for ever, and
`outcome`, `taxonomy` and `spending` say what came of it.

Who answers: `engines/` has one file for each way of getting an answer. `local/` runs a model in this process,
`served/` asks a server, `probes/` learn. `parity` holds an engine that asks many at once to what it says one
by one, about the utterances that `excerpt` chooses; `comparison` keeps what was said meanwhile.
"""
