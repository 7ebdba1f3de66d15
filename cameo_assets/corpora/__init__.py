"""One file for each corpus: what its publisher ships, and how to read it.

`spec` says what a corpus file declares, `source` where files come from (folder or archive), `listing` turns a
corpus into utterances and refusals, `registry` finds the corpus files, `drop_in` reads a corpus that comes
with its own description. No audio is decoded here.
"""
