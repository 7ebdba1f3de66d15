"""What is made from what: how a product is declared, made, recorded and found out of date. No Dagster.

`declaration` says what a product is; the declarations themselves are in `products/`, one file each, and in
`analysis/`. `snapshot` resolves models, corpora and records once for a run or a tick; `view` is the store as
the maker of one product may see it; `run` makes a product unless it is current; `graph` puts the products in
order and tells what is out of date; `integrity` compares what lies in the store with what the records say.
"""
