"""Bytes of a recording in, FLAC 16 bit, 16 kHz, mono out, with what was seen on the way.

`containers` says what the bytes are and `completeness` whether all of them are there. `decode` turns them
into frames, `resample` into samples, `encode` into FLAC, `inspect` measures them; `normalize` is all the way
of one clip. These are pure functions. `batch` takes a corpus through them, on all cores, and resumes;
`hearing` does so and keeps nothing, for `cameo check`.

No numbers about emotions, no labels, no Dagster here.
"""
