"""Adds the folder of the seeds to the import path, since they are a program and not an installed package."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
