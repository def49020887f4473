"""Runs the desk in its own thread: one call at a time, and the event loop never waits for the disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ParamSpec, TypeVar, cast

from fastapi import Depends, Request

from organizer_simulator.desk import Desk

P = ParamSpec("P")
T = TypeVar("T")


class DeskThread:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a function of the desk; concurrent calls run one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: function(*args, **kwargs))

    def close(self) -> None:
        self._executor.shutdown()
        self.desk.close()


def _desk_thread(request: Request) -> DeskThread:
    return cast(DeskThread, request.app.state.desk_thread)


AtDesk = Annotated[DeskThread, Depends(_desk_thread)]
