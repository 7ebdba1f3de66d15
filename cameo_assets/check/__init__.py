"""`cameo check`: one page about a copy of a corpus, without Dagster and without writing anything.

`looking` puts together what `corpora` and `audio` find in a copy, and `page` prints it. `corpora.recognise`
says which corpus a copy is, and `corpora.report` compares it with what was published.
"""
