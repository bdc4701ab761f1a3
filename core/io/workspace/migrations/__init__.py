"""One module for each version of the database: `vNNNN_what.py` with the revision "NNNN"; the last one is the current version."""
