"""What is published: exact repo trees in the local publish folder, and for each a plan beside it.

`dataset`, `results` and `space` each build one tree; `tree` makes a tree appear as a whole or not at all;
`plan` says what a tree holds and what changed; `licences` decides whose audio may be in it, and `rulings` is
what people decided. Nothing here needs a network or a token: sending a tree somewhere is a step of its own.
"""
