"""Who may do what: three roles, and a small file that gives them to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = ["ACTIONS", "ROLES", "Action", "Role", "Roles", "allows", "role_of"]

Role = Literal["viewer", "planner", "operator"]
Action = Literal["comment", "save", "import"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one who may least to the one who may most."""
ACTIONS: dict[Action, Role] = {"comment": "viewer", "save": "planner", "import": "operator"}
"""What changes something kept, and the least role that may: to comment on a plan (by whoever is known by name); to save one and to
settle a comment; to import, and to take an import back."""


@dataclass(frozen=True)
class Roles:
    """The roles of people by name, and of everybody else."""

    people: Mapping[str, Role] = field(default_factory=dict)
    default: Role = "viewer"


def role_of(person: str, roles: Roles | None, *, login: bool) -> Role:
    """Return the role of a person.

    Parameters
    ----------
    person
        The name given by a login, "" for nobody known. Never a name that somebody gave himself.
    roles
        The operator's file; None where there is none.
    login
        Whether a login is asked for at all.

    Examples
    --------
    >>> role_of("", None, login=False), role_of("", None, login=True), role_of("wang", None, login=True)
    ('operator', 'viewer', 'operator')
    >>> role_of("wang", Roles({"wang": "planner"}), login=True), role_of("li", Roles({"wang": "planner"}), login=True)
    ('planner', 'viewer')
    """
    if roles is not None:
        return (roles.people.get(person) or roles.default) if person else "viewer"
    return "operator" if person or not login else "viewer"


def allows(role: Role, action: Action) -> bool:
    """Return True if a role may do something.

    Examples
    --------
    >>> allows("planner", "save"), allows("planner", "import")
    (True, False)
    """
    return ROLES.index(role) >= ROLES.index(ACTIONS[action])
