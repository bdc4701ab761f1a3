"""One command for a fresh machine: `python3 start.py` makes the environment and opens the app (see --help for the others).

This file holds nothing that an old Python cannot read, so that an old Python gets a sentence; the work is in launch/.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Tunesmith needs Python 3.11 or newer, and this is Python %d.%d: install a newer one from "
        "https://www.python.org/downloads/ and start it with that." % tuple(sys.version_info[:2])
    )

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from launch.commands import main

    sys.exit(main(sys.argv[1:]))
