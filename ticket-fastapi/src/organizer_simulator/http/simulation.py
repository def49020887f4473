"""The simulation controls, with which tests and demos choose the outcomes; off by default."""

from fastapi import APIRouter

from organizer_simulator.http.models import SimulationAnswer, SimulationChange
from organizer_simulator.http.register_thread import WithRegister

router = APIRouter(tags=["simulation"], prefix="/simulation")


@router.get("", summary="Return the simulation")
async def show_simulation(register_thread: WithRegister) -> SimulationAnswer:
    """Tests and demos call this to read how the organizers behave at present."""
    return SimulationAnswer.of(register_thread.register.simulation)


@router.put("", summary="Change the simulation")
async def change_simulation(change: SimulationChange, register_thread: WithRegister) -> SimulationAnswer:
    """Tests and demos call this to choose how all organizers behave; it returns the changed simulation.

    A field that is left out stays as it is. The change applies until the next one, also after a restart.
    """
    return SimulationAnswer.of(await register_thread.run(register_thread.register.change_simulation, change.applied_to))
