"""The steps of the platform without Dagster: what one materialisation reads, makes and records.

One file for each stage. `base` runs a stage if its inputs changed and says so if they did not; `graph` lists
the stages in order and tells what is out of date. The assets are thin covers of these.
"""
