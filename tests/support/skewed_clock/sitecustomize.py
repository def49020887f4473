"""Makes the clock of a process wrong by `CLOCK_SKEW_SECONDS`.

Python imports this module before any other if its folder is on the path. Only the time of day is wrong: deadlines count
by the monotonic clock, as on a machine whose clock is set wrongly.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

_wrong_now = datetime.now(UTC) + timedelta(seconds=float(os.environ["CLOCK_SKEW_SECONDS"]))
time_machine.travel(_wrong_now, tick=True).start()
