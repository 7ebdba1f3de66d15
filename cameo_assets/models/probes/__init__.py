"""How far features of a recording give its label away to one who does not know the speaker.

`learning` is what all probes do, in the folds of `folds`. `features` computes the acoustic ones, `pooled` the
states of an encoder; `recordings` keeps either in the store, so that each recording is heard once.
"""
