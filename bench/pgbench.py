"""The reference of the benchmarks: pgbench runs the hold statement of the ticket service."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from bench.scratch_database import SOURCE, ScratchDatabase, SeatBlock
from devstack.ports import HOST
from devstack.postgres import binary

SQL = SOURCE / "ticketing" / "db" / "sql"
RATE = r"tps = ([\d.]+)"
TYPES = "uuid, uuid, uuid[], uuid, text, text, text, text, text, text, double precision, text, int, int"

SCRIPT = """\
\\set n :n + 1
\\if :n = 1
PREPARE hold ({types}) AS
{statement};
\\endif
\\set k :client_id * {per_client} + :n - 1
EXECUTE hold (
  gen_random_uuid(), '{event}', ARRAY[('{tag}-0000-4000-9000-' || lpad(to_hex(:k), 12, '0'))::uuid],
  gen_random_uuid(), 'Bench Buyer', 'buyer@example.com', NULL,
  'd3b07384d113edec49eaa6238ad5ff00d3b07384d113edec49eaa6238ad5ff00', 'bench', '0123456789abcdef0123456789abcdef', 60,
  NULL, 20, 60);
"""


def holds_per_second(database: ScratchDatabase, block: SeatBlock, *, connections: int, seconds: int) -> float:
    """Returns the holds per second on `connections`; fails unless every transaction has made a booking."""
    sale = (SQL / "sale.sql").read_text(encoding="utf-8").strip()
    statement = (SQL / "take_seats.sql").read_text(encoding="utf-8").replace("{sale}", sale).strip().rstrip(";")
    script = SCRIPT.format(
        types=TYPES, statement=statement, per_client=block.count // connections, event=block.event_id, tag=block.tag
    )
    output = _pgbench(script, port=database.port, password=database.password, connections=connections, seconds=seconds)
    done = int(_number(r"number of transactions actually processed: (\d+)", output))
    if not done:
        raise RuntimeError(f"The machine is too busy: pgbench did not finish a single hold in {seconds} seconds.")
    booked = database.holds_of(block)
    if booked != done:
        raise RuntimeError(f"pgbench ran {done} transactions but {booked} bookings were made; the seats ran out")
    return _number(RATE, output)


def transactions_per_second(script: str, *, port: int, password: str, connections: int, seconds: int) -> float:
    """Returns the transactions per second of `script` in the ticket service's database of the server on `port`."""
    output = _pgbench(script, port=port, password=password, connections=connections, seconds=seconds)
    return _number(RATE, output)


def _pgbench(script: str, *, port: int, password: str, connections: int, seconds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, encoding="utf-8")
        return _run(str(file), port=port, password=password, connections=connections, seconds=seconds)


def _run(script: str, *, port: int, password: str, connections: int, seconds: int) -> str:
    where = ("--host", HOST, "--port", str(port), "--username", "ticket")
    how = ("--no-vacuum", "--protocol=simple", f"--client={connections}", "--jobs=1", f"--time={seconds}")
    done = subprocess.run(
        [str(binary("pgbench")), *where, *how, "--define=n=0", f"--file={script}", "ticket"],
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    if done.returncode != 0:
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()}")
    return done.stdout


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench's output was not understood:\n{text}")
    return float(found.group(1))
