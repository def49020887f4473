"""The operations on the simulated gateway, which are offered only with `SIMULATION_CONTROLS`."""

from __future__ import annotations

from payments.http import administration, answers, inputs
from payments.http.operation import Answer, Operation
from payments.http.routes.common import BODY_PROBLEMS

_PATH = "/simulation"
_TAG = "simulation"

SIMULATION_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=_PATH,
        handler=administration.get_simulation,
        summary="Returns how the simulated gateway behaves.",
        description=(
            "Testers and demonstrations call this to see the failure rate, the added latency, the next outcomes and "
            "the seed. It exists only if simulation controls are on."
        ),
        tag=_TAG,
        scope="simulation:read",
        answers=(Answer(200, "The settings of the simulation are returned.", answers.SimulationOutput),),
    ),
    Operation(
        method="PUT",
        path=_PATH,
        handler=administration.put_simulation,
        summary="Changes how the simulated gateway behaves.",
        description=(
            "Testers and demonstrations call this to force outcomes or to slow payments down. Fields that are left out "
            "keep their value. It returns all settings. It exists only if simulation controls are on."
        ),
        tag=_TAG,
        scope="simulation:write",
        body=inputs.SimulationInput,
        answers=(Answer(200, "The settings were changed; all of them are returned.", answers.SimulationOutput),),
        refusals=BODY_PROBLEMS,
    ),
)
