"""Plans in a PostgreSQL with PostGIS, for offices whose planners work on several machines: ``ZONEPLAN_DB=postgresql://…``.

Each workspace has a schema of its own. A save is one transaction, alone on its plan by an advisory lock; when it returns,
the server has it on the disk (``synchronous_commit``). Where the connection breaks, what was asked is asked again for
``PATIENCE_S``: the id of the operation makes that count once, also where the first one was kept and only its answer lost.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from geo.errors import Finding, InputError
from geo.text import Text
from layers.store import pgstyles, pgtables
from layers.store.plans import Plans
from layers.store.revision import DamagedError, Rows, Saved

try:
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise InputError(
        Text(
            "使用 PostgreSQL 需要 psycopg：请运行 pip install -r requirements-postgres.txt",
            "PostgreSQL needs psycopg: run pip install -r requirements-postgres.txt",
        )
    ) from error

__all__ = ["PostgresStore", "close_all"]

T = TypeVar("T")
PATIENCE_S = 15.0
IDLE = 8
"""Connections kept open for the next question, by each process."""
_idle: dict[tuple[int, str, str], list[psycopg.Connection]] = {}
_ready: set[tuple[int, str, str]] = set()


class _Lost(Exception):  # noqa: N818 - never seen outside
    """The connection broke, or another transaction was in the way: to be asked again."""


class _Rows:
    """A transaction that takes ``?`` for a value, as SQLite does."""

    unindexed = ""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def execute(self, asked: str, values: Sequence[Any] = ()) -> Any:
        return self.connection.execute(asked.replace("?", "%s"), values)


class PostgresStore(Plans):
    """The scenarios of one workspace in one schema of a PostgreSQL database.

    Parameters
    ----------
    url
        ``postgresql://user@host/database``; a password is better kept in ``~/.pgpass``.
    schema
        Made where it is not there yet; a name of PostgreSQL.

    Raises
    ------
    InputError
        If the server cannot be reached, PostGIS is missing, or the schema cannot be made.
    """

    def __init__(self, url: str, schema: str) -> None:
        self.url, self.schema = url, schema
        if self._key not in _ready:
            self._prepare()
            _ready.add(self._key)

    @property
    def where(self) -> str:
        """Host, database and schema."""
        try:
            told = conninfo_to_dict(self.url)
        except psycopg.Error:
            return f"PostgreSQL, {self.schema}"
        return f"postgresql://{told.get('host', '')}/{told.get('dbname', '')}, {self.schema}"

    def reading(self, act: Callable[[Rows], T]) -> T:
        """Do ``act`` on one state of the store."""
        return self._patiently(act, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def writing(self, act: Callable[[Rows], T], *, plan: str | None) -> T:
        """Do ``act`` as the only writer of a plan (None: of the store)."""

        def alone(db: Rows) -> T:
            if plan is not None:
                db.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 1))", (self.schema,))
                db.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 2))", (f"{self.schema}\n{plan}",))
            else:
                db.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", (self.schema,))
            return act(db)

        # Each statement sees what was kept before it began: what is looked at in our turn is the newest.
        return self._patiently(alone, "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE")

    def used(self, db: Rows) -> int:
        """Return the size of the schema's tables with their indexes."""
        asked = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind = 'r'"
        return int(db.execute(asked, (self.schema,)).fetchone()[0])

    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, in words, the first damaged revision of each plan; nothing where all is as saved."""
        try:
            return self.reading(lambda db: (*pgtables.verify(db, self.where), *self._unstyled(db)))
        except DamagedError as error:
            return (Finding("error", *error.text, file=self.where),)

    def anew(self, fill: Callable[[Rows], T]) -> tuple[str, T]:
        """Put the schema away under another name and make another in its place, filled by ``fill``, in one transaction."""
        aside = f"{self.schema[:40]}_aside_{time.strftime('%Y%m%d_%H%M%S')}"

        def act(db: Rows) -> T:
            assert isinstance(db, _Rows)
            there, new = sql.Identifier(self.schema), sql.Identifier(aside)
            db.connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(there, new))
            db.connection.execute(sql.SQL("CREATE SCHEMA {}").format(there))
            pgtables.make(db)
            return fill(db)

        return aside, self.writing(act, plan=None)

    def show(self, db: Rows, one: Saved) -> None:
        """Put the objects of a plan's newest revision where QGIS sees them."""
        pgtables.keep_objects(db, one.name, one.rev, one.scenario)

    def _unstyled(self, db: Rows) -> Iterator[Finding]:
        if not pgstyles.are_there(db, self.schema):
            yield Finding(
                "info", "QGIS 打开方案图层时没有样式：库的所有者在 public 中没有建表的权限",
                "QGIS opens the layers of plans without a style: the owner of the store may make no table in public", self.where,
            )  # fmt: skip

    @property
    def _key(self) -> tuple[int, str, str]:
        return (os.getpid(), self.url, self.schema)  # a forked process opens connections of its own

    def _patiently(self, act: Callable[[Rows], T], begin: str) -> T:
        end, pause = time.monotonic() + PATIENCE_S, 0.02
        while True:
            try:
                with self._connected() as connection:
                    connection.execute(begin)
                    done = act(_Rows(connection))
                    connection.execute("COMMIT")
                    return done
            except _Lost as lost:
                if time.monotonic() > end or (self._key not in _ready):
                    raise _in_words(self.where, lost.__cause__) from lost
                time.sleep(pause)
                pause = min(2 * pause, 1.0)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        """Give a connection of our own; it is kept for the next question when the block ends and it still works."""
        connection = None
        try:
            connection = self._idle_one() or self._new()
            yield connection
        except psycopg.Error as error:
            state = error.sqlstate or ""
            lost = connection is None or connection.closed or state.startswith(("08", "57P", "40"))
            if lost and isinstance(error, psycopg.OperationalError):
                raise _Lost from error
            raise _in_words(self.where, error) from error
        finally:
            if connection is not None:
                self._back(connection)

    def _idle_one(self) -> psycopg.Connection | None:
        with suppress(KeyError, IndexError):
            return _idle[self._key].pop()
        return None

    def _new(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self.url, autocommit=True, connect_timeout=5, prepare_threshold=None, application_name="zoneplan",
            client_encoding="utf8",
        )  # fmt: skip
        found = connection.execute(
            "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis'"
        ).fetchone()
        path = sql.SQL(", ").join(map(sql.Identifier, (self.schema, found[0] if found else "public")))
        connection.execute(sql.SQL("SET search_path TO {}").format(path))
        connection.execute("SET lock_timeout = '15s'")
        connection.execute("SET client_min_messages = error")
        if connection.execute("SELECT current_setting('synchronous_commit')").fetchone() == ("off",):
            connection.execute("SET synchronous_commit = on")  # else a save could be lost after it returned
        return connection

    def _back(self, connection: psycopg.Connection) -> None:
        with suppress(psycopg.Error):
            if not connection.closed and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        kept = _idle.setdefault(self._key, [])
        if connection.closed or len(kept) >= IDLE:
            connection.close()
        else:
            kept.append(connection)

    def _prepare(self) -> None:
        def look(db: Rows) -> int | None:
            if db.execute("SELECT to_regclass(?)", (f'"{self.schema}".store',)).fetchone()[0] is None:
                return None
            row = db.execute("SELECT version FROM store").fetchone()
            return int(row[0]) if row else 0

        def act(db: Rows) -> None:
            if look(db) is not None:
                return  # somebody else was first
            assert isinstance(db, _Rows)
            _require_postgis(db)
            db.connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.schema)))
            pgtables.make(db)
            db.execute("SAVEPOINT styles")
            try:
                pgstyles.keep(db, self.schema)
            except psycopg.Error:  # no right in the schema public: plans are kept all the same, and verify says so
                db.execute("ROLLBACK TO SAVEPOINT styles")

        version = self.reading(look)
        if version is None:
            self.writing(act, plan=None)
            _closed(self._key)  # opened before PostGIS was: they do not know where it stands
        elif version != pgtables.VERSION:
            raise DamagedError(
                Text(
                    f"方案库的版本为 {version}，本程序只认识 {pgtables.VERSION}：由更新的程序写成，或已损坏",
                    f"the store of plans is of version {version}, this program knows {pgtables.VERSION}: a newer program wrote it, or it is damaged",
                )
            )


def _require_postgis(db: _Rows) -> None:
    if db.execute("SELECT current_setting('server_encoding')").fetchone() != ("UTF8",):
        raise InputError(
            Text(
                "数据库的编码不是 UTF8：请用 createdb -E UTF8 -T template0 新建数据库",
                "the database is not in UTF8: make one with createdb -E UTF8 -T template0",
            )
        )
    if db.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone():
        return
    try:
        db.execute("CREATE EXTENSION postgis")
    except psycopg.Error as error:
        raise InputError(
            Text(
                "数据库没有 PostGIS 扩展：请在服务器上安装（Debian：apt-get install postgresql-15-postgis-3），"
                "再由管理员在该数据库中执行 CREATE EXTENSION postgis",
                "the database has no PostGIS: install it on the server (Debian: apt-get install postgresql-15-postgis-3), "
                "then let an administrator run CREATE EXTENSION postgis in this database",
            )
        ) from error


_USE = {
    "55P03": ("正被他人使用，请稍后再试", "is in use, try again in a moment"),
    "53100": ("无法写入：服务器磁盘已满；没有任何改动，请腾出空间再保存", "cannot be written: the server's disk is full; nothing was changed, make room and save again"),
    "53300": ("连接数已满，请稍后再试", "has no connection left, try again in a moment"),
    "42501": ("没有权限：请管理员授予该数据库的 CREATE 权限", "refuses: ask the administrator for the right to CREATE in this database"),
    "25006": ("只读（可能是备用服务器），不能保存", "is read-only (perhaps a standby), nothing can be saved"),
}  # fmt: skip
_DAMAGE = ("XX", "42P01", "42703", "42804")


def _in_words(where: str, error: BaseException | None) -> InputError:
    state = getattr(error, "sqlstate", None) or ""
    if said := _USE.get(state):
        return InputError(Text(f"方案库（{where}）{said[0]}", f"the store of plans ({where}) {said[1]}"))
    reason = " ".join(str(error).split())
    if state.startswith(_DAMAGE):
        return DamagedError(
            Text(
                f"方案库（{where}）已损坏（{reason}）；请从备份恢复",
                f"the store of plans ({where}) is damaged ({reason}); restore it from a backup",
            )
        )
    return InputError(
        Text(
            f"方案库（{where}）无法使用（{reason}）；请检查 ZONEPLAN_DB 和服务器",
            f"the store of plans ({where}) cannot be used ({reason}); check ZONEPLAN_DB and the server",
        )
    )


def _closed(key: tuple[int, str, str]) -> None:
    for connection in _idle.pop(key, ()):
        connection.close()


@atexit.register
def close_all() -> None:
    """Close the connections that this process keeps for the next question."""
    for key in list(_idle):
        if key[0] == os.getpid():
            _closed(key)
