"""A desk: one of several processes that serve the page behind one port; started by the front (``layers.door.desks``)."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from streamlit import config

from layers.door.desks import Handed

__all__ = ["LEAVING", "sit"]

LEAVING = 20
"""How long what is being answered may take when the desk is told to end [s]; the front kills after ``desks.PATIENCE``."""


def sit(folder: Path, told: dict[str, Any], channel: int) -> None:
    """Serve the page at one desk: whoever is handed over through ``channel``."""
    os.chdir(folder)  # Streamlit reads its settings from beside the page
    sys.path.insert(0, str(folder))
    config.get_config_options(force_reparse=True, options_from_flags=told)
    # What is kept is declared before there is a server, which Streamlit mentions once for each.
    early = logging.getLogger("streamlit.runtime.caching.cache_data_api")
    early.addFilter(lambda record: "No runtime found" not in record.getMessage())
    settings = uvicorn.Config(
        "app:app", loop="asyncio", ws="websockets-sansio", access_log=False, use_colors=False, log_level="warning",
        server_header=False, timeout_graceful_shutdown=LEAVING, ws_max_size=int(config.get_option("server.maxMessageSize")) * 1_000_000,
        ws_per_message_deflate=bool(config.get_option("server.enableWebsocketCompression")),
    )  # fmt: skip
    uvicorn.Server(settings).run(sockets=[Handed(fileno=channel)])


if __name__ == "__main__":
    sit(Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]))
