"""The controls that make either outcome appear on demand (DESIGN 6). Not for production: off unless asked for."""

from fastapi import APIRouter

from organizer_simulator.http.desk_thread import AtDesk
from organizer_simulator.http.models import SimulationAnswer, SimulationChange

router = APIRouter(tags=["simulation"], prefix="/simulation")


@router.get("")
async def show_simulation(desk_thread: AtDesk) -> SimulationAnswer:
    """How the organizers behave just now."""
    return SimulationAnswer.of(desk_thread.desk.simulation)


@router.put("")
async def change_simulation(change: SimulationChange, desk_thread: AtDesk) -> SimulationAnswer:
    """Change some or all of it, for all organizers, until changed again; a restart keeps it."""
    return SimulationAnswer.of(await desk_thread.run(desk_thread.desk.change_simulation, change.applied_to))
