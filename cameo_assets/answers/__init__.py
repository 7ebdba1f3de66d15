"""What a raw answer means: readers, one file each.

`reading` is what a reader gives, `matching` the word rule that readers share, `registry` lists the readers
that every evaluation is read with, `batch` reads many answers at once. Nothing here scores: see `metrics`.
"""
