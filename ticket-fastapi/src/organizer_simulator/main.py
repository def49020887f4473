"""Run the simulator: `python -m organizer_simulator.main`."""

import uvicorn

from organizer_simulator.http.app import create_app
from organizer_simulator.logs import configure_logs
from organizer_simulator.settings import load_settings

SHUTDOWN_SECONDS = 5


def main() -> None:
    settings = load_settings()
    configure_logs(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
