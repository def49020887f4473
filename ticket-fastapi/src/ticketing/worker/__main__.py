"""Starts the worker. The process that renders its documents loads this file too, under another name."""

if __name__ == "__main__":
    # Imported here, since the other process needs only `ticketing.documents` (`documents/render.py`).
    from ticketing.worker import main

    main()
