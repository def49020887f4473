"""Runs the register in its own thread: one call at a time, and the event loop never waits for the disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ParamSpec, TypeVar, cast

from fastapi import Depends, Request

from organizer_simulator.hold_register import HoldRegister

P = ParamSpec("P")
T = TypeVar("T")


class RegisterThread:
    def __init__(self, register: HoldRegister) -> None:
        self.register = register
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="register")

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a function of the register; concurrent calls run one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: function(*args, **kwargs))

    def close(self) -> None:
        self._executor.shutdown()
        self.register.close()


async def _register_thread(request: Request) -> RegisterThread:
    # FastAPI would run a plain function in a thread, for every request.
    return cast(RegisterThread, request.app.state.register_thread)


WithRegister = Annotated[RegisterThread, Depends(_register_thread)]
