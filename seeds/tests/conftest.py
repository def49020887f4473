"""The seeds are a program in a folder, not an installed package: its folder has to be on the path, as for `load.py`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
