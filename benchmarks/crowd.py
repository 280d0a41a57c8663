"""Planners who speak Streamlit's protocol: each a session of its own, without a browser that would eat the cores it measures.

A session fetches the page's shell (which seats it at a desk), opens the page's socket, asks for the page, presses and clicks
as the page's script would, and hears when the run is over. A click is asked beside the socket first, where the map was told
an address for it, and the run waits for that as long as the page's script lets it (``ui/map/host/prompt.js``). It says what a browser says: the value of every widget that it has been shown, and which messages it still
holds, so that the server need not send them again. What a browser adds (drawing) is measured in ``benchmarks/page.py``,
which also sets one click of both side by side.
"""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from urllib3.util import Retry
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Planner", "Run", "planner"]

PATIENCE = 300.0
"""How long a run may take before it counts as lost [s]."""
HOLD = 0.3
"""How long the run waits for the answer beside the socket, as the page's script holds it back [s]."""
HANDS = ThreadPoolExecutor(64, thread_name_prefix="press")
"""Presses at the same moment; asyncio's own few threads would let them queue."""
KEPT_RUNS = 2
"""For how many runs the page keeps a message that did not come again (``global.maxCachedMessageAge``)."""
MAP = "map"
"""The key of the map among the page's components."""


@dataclass(frozen=True)
class Run:
    """A run of the page as the planner's side saw it."""

    seconds: float
    map_seconds: float
    """Until the map was told what to draw; ``seconds`` where this run told it nothing."""
    told_seconds: float
    """Until the place was told: beside the socket, or with the map where the page tells nothing beside it."""
    sent: int
    """Bytes that came, unpacked."""
    packed: int
    """Bytes that came over the line."""
    messages: int


class Counted(ClientConnection):
    """A connection that counts what comes over the line, before it is unpacked."""

    received = 0

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self.received += len(data)
        super().data_received(data)


@dataclass
class Planner:
    """One session: the widgets it has seen, and what they hold."""

    socket: Counted
    url: str
    beside: requests.Session = field(default_factory=requests.Session)
    """What asks beside the socket: its cookie names the desk."""
    widgets: dict[str, str] = field(default_factory=dict)
    """Ids by the key that the page gives a widget."""
    fragments: dict[str, str] = field(default_factory=dict)
    held: dict[str, WidgetState] = field(default_factory=dict)
    """What each widget holds, by its id."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the map was told last."""
    page: str = ""
    clicks: int = 0
    runs: int = 0
    kept: dict[str, tuple[int, ForwardMsg]] = field(default_factory=dict)
    """Messages by their hash, and the run that used them last."""

    async def open(self, query: str = "") -> Run:
        """Ask for the page."""
        return await self._run("", query)

    async def click(self, lon: float, lat: float) -> Run:
        """Click the map at a place [degrees]; all times of the run count from the click."""
        self.clicks += 1
        start = time.perf_counter()
        place = {"lon": round(lon, 7), "lat": round(lat, 7), "n": int(time.time() * 1000) + self.clicks}
        url = (self.told.get("ask") or {}).get("url")
        asking = asyncio.create_task(self._ask(url, place, start)) if url else None
        has = []
        if asking is not None:
            done, _ = await asyncio.wait([asking], timeout=HOLD)
            has = asking.result()[1] if done else []
        value = {"click": {**place, "has": has}}
        run = await self._with(MAP, WidgetState(json_value=json.dumps(value)), start)
        told = (await asking)[0] if asking is not None else None
        return replace(run, told_seconds=min(told or run.map_seconds, run.map_seconds))

    async def _ask(self, url: str, place: dict[str, Any], start: float) -> tuple[float | None, list[str]]:
        """Ask beside the socket; return after how long it was told, None where the run tells it, and what the map then holds."""
        post = partial(self.beside.post, self.url + url, json=place, timeout=PATIENCE)
        answer = await asyncio.get_running_loop().run_in_executor(HANDS, post)
        answer.raise_for_status()
        if answer.status_code != 200:
            return None, []
        layers = answer.json()["layers"]
        return time.perf_counter() - start, [one["hash"] for one in layers if one.get("data")]

    async def press(self, key: str, word: str) -> Run:
        """Press a word of a row of buttons."""
        state = WidgetState()
        state.string_array_value.data.append(word)
        return await self._with(key, state)

    def write(self, key: str, words: str) -> None:
        """Write into a field, or choose in a box, without leaving it: the server hears of it with the next press."""
        self.held[self.widgets[key]] = WidgetState(id=self.widgets[key], string_value=words)

    async def push(self, key: str) -> Run:
        """Press a button."""
        return await self._run(self.fragments.get(key, ""), "", WidgetState(id=self.widgets[key], trigger_value=True))

    async def _with(self, key: str, state: WidgetState, start: float | None = None) -> Run:
        state.id = self.widgets[key]
        self.held[state.id] = state
        return await self._run(self.fragments.get(key, ""), "", start=start)

    async def _run(self, fragment: str, query: str, *pressed: WidgetState, start: float | None = None) -> Run:
        self.runs += 1
        self.kept = {name: one for name, one in self.kept.items() if self.runs - one[0] <= KEPT_RUNS}
        asked = BackMsg()
        told = asked.rerun_script
        told.query_string, told.page_script_hash, told.fragment_id = query, self.page, fragment
        told.widget_states.widgets.extend([*self.held.values(), *pressed])
        told.cached_message_hashes.extend(self.kept)
        told.context_info.url, told.context_info.timezone, told.context_info.locale = self.url, "UTC", "zh-CN"
        start = time.perf_counter() if start is None else start
        await self.socket.send(asked.SerializeToString())
        return await asyncio.wait_for(self._heard(start), PATIENCE)

    async def _heard(self, start: float) -> Run:
        sent = messages = 0
        drawn = 0.0
        before = self.socket.received
        while True:
            raw = await self.socket.recv()
            assert isinstance(raw, bytes)
            sent, messages = sent + len(raw), messages + 1
            message = self._unfolded(ForwardMsg.FromString(raw))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.page = message.new_session.page_script_hash
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                if self._took(message.delta.new_element, message.delta.fragment_id) == MAP:
                    drawn = time.perf_counter() - start
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                whole = time.perf_counter() - start
                return Run(whole, drawn or whole, drawn or whole, sent, self.socket.received - before, messages)

    def _unfolded(self, message: ForwardMsg) -> ForwardMsg:
        """Return a message, or the one it refers to; keep it where the page would."""
        if message.WhichOneof("type") == "ref_hash":
            whole = ForwardMsg()
            whole.CopyFrom(self.kept[message.ref_hash][1])
            whole.metadata.CopyFrom(message.metadata)
            self.kept[message.ref_hash] = (self.runs, whole)
            return whole
        if message.metadata.cacheable:
            self.kept[message.hash] = (self.runs, message)
        return message

    def _took(self, element: Any, fragment: str) -> str:
        kind = element.WhichOneof("type")
        known = getattr(element, kind)
        identity = str(getattr(known, "id", ""))
        # $$ID-<hash>-<key>: the key that the page gave it, "None" for none
        key = identity.split("-", 2)[2] if identity.startswith("$$ID-") and identity.count("-") >= 2 else ""
        if not key or key == "None":
            return ""
        self.widgets[key], self.fragments[key] = identity, fragment
        if (state := _begun(kind, known)) is not None and (identity not in self.held or known.set_value):
            state.id = identity
            self.held[identity] = state
        if key == MAP:
            # "mixed" holds the same with tables taken out of it.
            self.told = json.loads(known.json or known.mixed.json or "{}")
        return key


def _begun(kind: str, known: Any) -> WidgetState | None:
    """Return what the page's script takes a widget to hold when it is shown, None for kinds that it says nothing of."""
    state = WidgetState()
    if kind == "button_group":
        begun = known.raw_values if known.set_value else [known.options[i].content for i in known.default]
        state.string_array_value.data.extend(begun)
    elif kind == "selectbox":
        begun = known.options[known.default] if known.HasField("default") else ""
        state.string_value = known.raw_value if known.set_value else begun
    elif kind in ("text_input", "text_area"):
        state.string_value = known.value if known.set_value else known.default
    elif kind == "number_input":
        number = known.value if known.set_value else known.default
        if known.data_type == known.INT:
            state.int_value = int(number)
        else:
            state.double_value = number
    elif kind == "checkbox":
        state.bool_value = known.value if known.set_value else known.default
    else:
        return None
    return state


async def planner(address: str, *, packed: bool = True) -> Planner:
    """Return a planner at the door of a server, whose page is not asked for yet; ``packed`` as a browser asks for it."""
    url = address.replace("http", "ws", 1) + "_stcore/stream"
    beside = requests.Session()
    beside.trust_env = False  # no proxy stands between a planner and the server
    # The server closes a connection that was silent; a browser that meets a closed one asks again, and so does this.
    beside.mount(address, HTTPAdapter(max_retries=Retry(2, allowed_methods=None)))
    (await asyncio.to_thread(beside.get, address, timeout=PATIENCE)).raise_for_status()
    cookies = "; ".join(f"{one.name}={one.value}" for one in beside.cookies)
    socket = await connect(
        url, subprotocols=["streamlit"], max_size=None, proxy=None, ping_interval=None,  # type: ignore[list-item]
        additional_headers={"Cookie": cookies} if cookies else None,
        compression="deflate" if packed else None, create_connection=Counted,
    )  # fmt: skip
    assert isinstance(socket, Counted)
    return Planner(socket, address, beside)
