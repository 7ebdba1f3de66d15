"""All corpora side by side: `rows` is what a row holds, `unify` puts them together, `duplicates` compares."""
