"""One file for each corpus: what its publisher ships, and how to read it.

`spec` says what a corpus file declares, `registry` finds the corpus files, and `drop_in` reads a corpus that
comes with its own description. `source` gives their files, whatever they are packed in: `walking` looks at
the disk, `archives` into archives. `listing` turns a corpus into utterances and refusals, and `rules` tells
refusals apart; `tables`, `spelling`, `pretenders` and `identity` help to read. `landing` watches the landing
zone, `recognise` tells whose files these are, and `report` compares a copy with what was published.

No audio is decoded here.
"""
