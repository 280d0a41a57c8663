"""The door of the server: which names it answers to, what it says with every answer, who may do what, whether it is well.

Pure ASGI and plain data: it knows neither Streamlit nor Starlette. ``app.py`` hangs :class:`Guard` before them.
"""

from layers.door.beside import Beside, Pending
from layers.door.files import Files
from layers.door.guard import Guard
from layers.door.health import Health, health
from layers.door.limits import Limits, limits
from layers.door.people import ACTIONS, ROLES, Role, allows, role_of
from layers.door.seats import FOLDER as SEATS
from layers.door.seats import Seats
from layers.door.settings import Door, read
from layers.door.shell import faces, shell
from layers.door.traced import Traced

__all__ = [
    "ACTIONS",
    "ROLES",
    "SEATS",
    "Beside",
    "Door",
    "Files",
    "Guard",
    "Health",
    "Limits",
    "Pending",
    "Role",
    "Seats",
    "Traced",
    "allows",
    "faces",
    "health",
    "limits",
    "read",
    "role_of",
    "shell",
]
