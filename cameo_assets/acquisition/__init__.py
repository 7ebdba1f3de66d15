"""Downloads of what publishers ship openly, complete and verified or not at all.

`acquire` fetches a whole corpus into the landing zone, `download` one file, `published` knows what size and
checksum it should have, `web` is polite to servers. What a corpus consists of stands in its corpus file.
"""
