"""The simulation controls, with which tests and demos choose the outcomes (DESIGN section 6); off by default."""

from fastapi import APIRouter

from organizer_simulator.http.desk_thread import AtDesk
from organizer_simulator.http.models import SimulationAnswer, SimulationChange

router = APIRouter(tags=["simulation"], prefix="/simulation")


@router.get("", summary="Return the simulation")
async def show_simulation(desk_thread: AtDesk) -> SimulationAnswer:
    """Tests and demos call this to read how the organizers behave at present."""
    return SimulationAnswer.of(desk_thread.desk.simulation)


@router.put("", summary="Change the simulation")
async def change_simulation(change: SimulationChange, desk_thread: AtDesk) -> SimulationAnswer:
    """Tests and demos call this to choose how all organizers behave; it returns the changed simulation.

    A field that is left out stays as it is. The change applies until the next one, also after a restart.
    """
    return SimulationAnswer.of(await desk_thread.run(desk_thread.desk.change_simulation, change.applied_to))
