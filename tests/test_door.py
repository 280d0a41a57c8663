"""The door without a server: settings, what the guard passes on, roles, and health. The real one: page/test_door.py."""

from __future__ import annotations

import asyncio
import doctest
import json
import subprocess
import sys
import tempfile
from typing import Any

import pytest

from geo.errors import InputError
from layers import serve
from layers.door import Guard, Health, health, people, read, role_of, settings
from layers.door import guard as guarding
from layers.door.guard import PERSON, policy
from layers.door.people import Roles
from tests.need import ROOT
from tests.test_readonly import SEAL, can_seal

WELL = Health({"ok": True}, {"ok": True}, {"ok": True})
NAMED = {
    "ZONEPLAN_USER_HEADER": "X-Remote-User",
    "ZONEPLAN_TRUSTED_PROXIES": "10.0.0.0/24 ::1",
    "FORWARDED_ALLOW_IPS": "",
}


def asked(
    env: dict[str, str], *headers: tuple[str, str], path: str = "/", kind: str = "http", peer: str = "127.0.0.1",
    bound: str = "127.0.0.1", words: bool = True,
) -> tuple[list[dict[str, Any]], list[tuple[str, str]] | None]:  # fmt: skip
    """Ask the guard; return what it sent, and the headers that reached the application (None if it was not asked)."""
    sent: list[dict[str, Any]] = []
    seen: list[list[tuple[str, str]]] = []

    async def inside(scope, _receive, send):
        seen.append([(k.decode(), v.decode("latin-1")) for k, v in scope["headers"]])
        started = "http.response.start" if kind == "http" else "websocket.accept"
        told = [(b"access-control-allow-origin", b"*"), (b"x-frame-options", b"ALLOWALL"), (b"etag", b"1")]
        told += [(b"content-type", path[1:].encode())] if path.startswith("/text/") else []
        await send({"type": started, "status": 200, "headers": told})

    async def receive():
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind, "path": path, "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers],
        "client": (peer, 1), "server": (bound, 8501), "extensions": {"websocket.http.response": {}} if words else {},
    }  # fmt: skip
    guard = Guard(inside, door=read(env), csp=policy(), health=lambda: WELL)
    asyncio.run(guard(scope, receive, send))
    return sent, seen[0] if seen else None


HOSTS = {"ZONEPLAN_HOSTS": "plan.example.gov.cn, other.example:8443"}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ([("Host", "localhost:8501")], True),
        ([("Host", "[::1]:8501")], True),
        ([("Host", "PLAN.example.gov.cn.")], True),
        ([("Host", "other.example:8443")], True),
        ([("Host", "10.1.2.3:8501")], True),  # the very address of our end
        ([("Host", "10.1.2.4:8501")], False),
        ([("Host", "other.example")], False),
        ([("Host", "evil.example")], False),
        ([("Host", "plan.example.gov.cn.evil.example")], False),
        ([("Host", "localhost@evil.example")], False),
        ([("Host", "localhost"), ("Host", "evil.example")], False),
        ([("Host", "")], False),
        ([], False),
        ([("Host", "localhost:8501"), ("Origin", "http://localhost:8501")], True),
        ([("Host", "localhost:8501"), ("Origin", "http://localhost:3000")], False),
        ([("Host", "localhost:8501"), ("Origin", "http://evil.example")], False),
        ([("Host", "localhost:8501"), ("Origin", "null")], False),
        ([("Host", "localhost:8501"), ("Origin", "file://localhost:8501")], False),
        ([("Host", "127.0.0.1:8501"), ("Origin", "https://plan.example.gov.cn")], True),
    ],
)
def test_only_our_own_names_pass(kind, headers, passes):
    """found_30: Host and Origin of another name are refused."""
    sent, seen = asked(HOSTS, *headers, kind=kind, bound="10.1.2.3")
    assert (seen is not None) == passes
    if not passes:
        assert sent[0]["status"] == 403
        assert "--host-name" in sent[1]["body"].decode()


def test_a_socket_is_refused_also_where_no_words_can_be_sent():
    sent, seen = asked({}, ("Host", "evil.example"), kind="websocket", words=False)
    assert (sent, seen) == ([{"type": "websocket.close", "code": 1008}], None)


def test_streamlit_never_meets_an_origin_that_it_would_look_up():
    """found_30: behind a proxy that hides the name, host and origin are made one, for both are ours."""
    _, seen = asked(HOSTS, ("Host", "127.0.0.1:8501"), ("Origin", "https://plan.example.gov.cn"))
    assert dict(seen or ())["host"] == "plan.example.gov.cn"


def test_an_answer_keeps_its_headers_and_gets_ours():
    sent, _ = asked({}, ("Host", "localhost"))
    told = [(k.decode(), v.decode()) for k, v in sent[0]["headers"]]
    assert ("etag", "1") in told
    assert [v for k, v in told if k == "x-frame-options"] == ["DENY"]
    assert not any(k.startswith("access-control") for k, _ in told)
    framed, _ = asked({"ZONEPLAN_FRAME_ANCESTORS": "https://portal.example.gov.cn"}, ("Host", "localhost"))
    assert b"x-frame-options" not in dict(framed[0]["headers"])


def test_what_is_no_page_says_shorter_how_it_may_be_used():
    """A browser hears the policy of a page with pages; of the 120 files that one is made of, it would be 0.6 kB each."""
    page, script = (
        dict(asked({}, ("Host", "localhost"), path=f"/text/{kind}")[0][0]["headers"]) for kind in ("html", "javascript")
    )
    assert {*page} - {*script} == {b"permissions-policy", b"cross-origin-opener-policy"}
    assert page[b"content-security-policy"] == policy().encode()
    assert len(script[b"content-security-policy"]) < 200
    assert {"object-src 'none'", "frame-ancestors 'none'"} <= {*script[b"content-security-policy"].decode().split("; ")}


@pytest.mark.parametrize(
    ("peer", "said", "known"),
    [
        ("10.0.0.7", [("X-Remote-User", "wang")], ["wang"]),
        ("::ffff:10.0.0.7", [("X-Remote-User", "wang")], ["wang"]),
        ("10.0.1.7", [("X-Remote-User", "wang")], []),
        ("10.0.0.7", [("X-Remote-User", "wang"), ("X-Remote-User", "root")], []),
        ("10.0.0.7", [(PERSON, "root")], []),
        ("10.0.1.7", [(PERSON, "root")], []),
        ("10.0.0.7", [("X-Remote-User", " ")], []),
    ],
)
def test_a_name_is_believed_from_a_trusted_proxy_only(peer, said, known):
    _, seen = asked(NAMED, ("Host", "localhost"), *said, peer=peer)
    assert [v for k, v in seen or () if k == PERSON] == known
    assert not [k for k, _ in seen or () if k == "x-remote-user"]


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/gxq/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/script-health-check"]
)
def test_what_leaks_is_shut(path):
    """found_30: metrics open."""
    sent, seen = asked({}, ("Host", "localhost"), path=path)
    assert (sent[0]["status"], seen) == (404, None)
    assert asked({"ZONEPLAN_METRICS": "9464"}, ("Host", "localhost"), path=path)[1] is None


@pytest.mark.parametrize(("told", "at"), [("", None), ("9464", ("127.0.0.1", 9464)), ("0.0.0.0:9464", ("0.0.0.0", 9464)), ("[::1]:9464", ("::1", 9464))])  # fmt: skip
def test_numbers_are_told_on_this_machine_only_unless_an_address_is_named(told, at):
    assert read({"ZONEPLAN_METRICS": told}).metrics == at


@pytest.mark.parametrize(
    ("env", "field"),
    [
        ({"ZONEPLAN_HOSTS": "http://plan.example.gov.cn"}, "ZONEPLAN_HOSTS"),
        ({"ZONEPLAN_HOSTS": "*"}, "ZONEPLAN_HOSTS"),
        ({"ZONEPLAN_METRICS": "1"}, "ZONEPLAN_METRICS"),
        ({"ZONEPLAN_METRICS": "all"}, "ZONEPLAN_METRICS"),
        ({"ZONEPLAN_METRICS": "127.0.0.1"}, "ZONEPLAN_METRICS"),
        ({"ZONEPLAN_METRICS": "127.0.0.1:99999"}, "ZONEPLAN_METRICS"),
        ({"ZONEPLAN_FRAME_ANCESTORS": "'self'; script-src *"}, "ZONEPLAN_FRAME_ANCESTORS"),
        ({"ZONEPLAN_FRAME_ANCESTORS": "*"}, "ZONEPLAN_FRAME_ANCESTORS"),
        ({**NAMED, "ZONEPLAN_TRUSTED_PROXIES": ""}, "ZONEPLAN_TRUSTED_PROXIES"),
        ({**NAMED, "ZONEPLAN_TRUSTED_PROXIES": "nginx"}, "ZONEPLAN_TRUSTED_PROXIES"),
        ({**NAMED, "ZONEPLAN_USER_HEADER": "X Remote"}, "ZONEPLAN_USER_HEADER"),
        ({**NAMED, "FORWARDED_ALLOW_IPS": "127.0.0.1"}, "FORWARDED_ALLOW_IPS"),
        ({"ZONEPLAN_ROLES": "/none/roles.toml"}, "/none/roles.toml"),
    ],
)
def test_a_setting_that_cannot_be_read_starts_no_open_server(env, field):
    with pytest.raises(InputError) as caught:
        read(env)
    assert field in {f.file for f in caught.value.findings}


def test_roles_are_read_and_their_faults_named(tmp_path):
    path = tmp_path / "roles.toml"
    path.write_text('default = "planner"\n[roles]\n"wang@example.cn" = "operator"\n', "utf-8")
    assert read({"ZONEPLAN_ROLES": str(path)}).roles == Roles({"wang@example.cn": "operator"}, "planner")
    path.write_text('defalut = "planner"\n[roles]\nwang = "admin"\n', "utf-8")
    with pytest.raises(InputError) as caught:
        read({"ZONEPLAN_ROLES": str(path)})
    assert {f.field for f in caught.value.findings} == {"defalut", "wang"}


def test_a_role_is_given_to_a_login_and_to_nobody_else():
    roles = Roles({"wang": "operator"}, "planner")
    assert role_of("wang", roles, login=True) == "operator"
    assert role_of("li", roles, login=True) == "planner"
    assert role_of("", roles, login=True) == "viewer"
    assert role_of("", None, login=False) == "operator"


def test_serve_says_what_is_wrong_before_it_starts(monkeypatch, tmp_path):
    monkeypatch.setenv("ZONEPLAN_HOSTS", "a.example")
    told = serve.settings(address="127.0.0.1", port=8501, prefix="/gxq/")
    words, more = serve.command(tmp_path, told, ["b.example"])
    assert more["ZONEPLAN_HOSTS"] == "a.example b.example"
    assert words[-2:] == ["--server.baseUrlPath", "gxq"]
    with pytest.raises(InputError):
        serve.command(tmp_path, told, ["http://b.example"])
    monkeypatch.setenv("ZONEPLAN_SESSIONS", "many")
    with pytest.raises(InputError, match="ZONEPLAN_SESSIONS"):
        serve.command(tmp_path, told)


@pytest.mark.parametrize(("path", "told"), [("/healthz/live", {"ok": True}), ("/healthz/ready", WELL.as_dict()), ("/healthz", WELL.as_dict())])  # fmt: skip
def test_live_is_the_process_and_ready_is_the_workspace(path, told):
    sent, inner = asked({}, ("Host", "localhost"), path=path)
    assert inner is None
    assert (sent[0]["status"], json.loads(sent[1]["body"])) == (200, told)


def test_health_means_it(tmp_path):
    """found_30: /healthz returns the page."""
    well = health(tmp_path, lambda _: [])
    assert well.ok
    assert list(tmp_path.iterdir()) == []
    assert not health(tmp_path, lambda _: None).ok
    refused = health(tmp_path, lambda folder: [f"{folder}/zones.geojson is damaged"])
    assert not refused.ok
    assert str(tmp_path) not in json.dumps(refused.as_dict())
    assert not health(tmp_path, lambda _: [], enough=10**18).ok
    (tmp_path / "plans.sqlite").write_bytes(b"no database" * 100)
    assert health(tmp_path, lambda _: []).stores["faults"] == ["plans.sqlite: file is not a database"]


@pytest.mark.skipif(not can_seal(), reason="NOT TESTED: a read-only mount needs root")
def test_health_sees_that_nothing_can_be_written():
    code = "from pathlib import Path; from layers.door import health; print(health(Path('.').resolve(), lambda _: []).stores)"
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "unshare",
            "-m",
            "sh",
            "-c",
            SEAL,
            "sh",
            folder,
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}",
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'ok': False, 'faults': ['plans: Read-only file system']}"


@pytest.mark.parametrize("module", [guarding, people, settings], ids=lambda m: m.__name__)
def test_the_examples_run(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)
