"""Planners who speak Streamlit's protocol: each a session of its own, without a browser that would eat the cores it measures.

A session opens the page's socket, asks for the page, presses and clicks as the page's script would, and hears when the
run is over. What a browser adds (drawing) is measured beside it, in ``benchmarks/page.py``.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Planner", "Run", "planner"]

PATIENCE = 300.0
"""How long a run may take before it counts as lost [s]."""


@dataclass
class Run:
    """A run of the page as the planner's side saw it."""

    seconds: float
    map_seconds: float
    """Until the map was told what to draw; ``seconds`` where this run told it nothing."""
    sent: int
    """Bytes that came, unpacked."""
    messages: int


@dataclass
class Planner:
    """One session: the widgets it has seen, and what it has set."""

    socket: ClientConnection
    widgets: dict[str, str] = field(default_factory=dict)
    """Ids by the key that the page gives a widget."""
    fragments: dict[str, str] = field(default_factory=dict)
    set: dict[str, WidgetState] = field(default_factory=dict)
    page: str = ""
    clicks: int = 0

    async def open(self, query: str = "") -> Run:
        """Ask for the page."""
        return await self._run("", query)

    async def click(self, lon: float, lat: float) -> Run:
        """Click the map at a place [degrees]."""
        self.clicks += 1
        value = {"click": {"lon": lon, "lat": lat, "n": int(time.time() * 1000) + self.clicks}}
        return await self._with("map", WidgetState(json_value=json.dumps(value)))

    async def press(self, key: str, word: str) -> Run:
        """Press a word of a row of buttons."""
        state = WidgetState()
        state.string_array_value.data.append(word)
        return await self._with(key, state)

    async def _with(self, key: str, state: WidgetState) -> Run:
        state.id = self.widgets[key]
        self.set[key] = state
        return await self._run(self.fragments.get(key, ""), "")

    async def _run(self, fragment: str, query: str) -> Run:
        asked = BackMsg()
        told = asked.rerun_script
        told.query_string, told.page_script_hash, told.fragment_id = query, self.page, fragment
        told.widget_states.widgets.extend(self.set.values())
        start = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        return await asyncio.wait_for(self._heard(start), PATIENCE)

    async def _heard(self, start: float) -> Run:
        sent = messages = 0
        drawn = 0.0
        while True:
            raw = await self.socket.recv()
            assert isinstance(raw, bytes)
            sent, messages = sent + len(raw), messages + 1
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.page = message.new_session.page_script_hash
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                if self._took(message.delta.new_element, message.delta.fragment_id) == "map":
                    drawn = time.perf_counter() - start
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                whole = time.perf_counter() - start
                return Run(whole, drawn or whole, sent, messages)

    def _took(self, element: Any, fragment: str) -> str:
        known = getattr(element, element.WhichOneof("type"))
        identity = str(getattr(known, "id", ""))
        # $$ID-<hash>-<key>: the key that the page gave it, "None" for none
        key = identity.split("-", 2)[2] if identity.startswith("$$ID-") and identity.count("-") >= 2 else ""
        if key and key != "None":
            self.widgets[key], self.fragments[key] = identity, fragment
        return key


async def planner(address: str) -> Planner:
    """Return a planner at the door of a server, whose page is not asked for yet."""
    url = address.replace("http", "ws", 1) + "_stcore/stream"
    socket = await connect(url, subprotocols=["streamlit"], max_size=None, proxy=None, ping_interval=None)  # type: ignore[list-item]
    return Planner(socket)
