"""The journal of a folder of work: one SQLite file in which every stroke lies as soon as it is drawn.

A commit takes the tiles that are new, by their digests, and the description of the stack that names them; it is there
whole or not at all, whatever moment the program is killed (write-ahead log). After a `flush`, in another thread, it
outlives a power cut too, and what is drawn meanwhile waits for no disk; a durable commit waits itself. Tiles that
nothing names any more go when they are many. Those of an edit of much of a canvas are stored before the commit that
names them, for a moment at a time, and what is drawn meanwhile, on whatever layer, is committed without that edit.

SQLite, "Write-Ahead Logging" and "PRAGMA synchronous".
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import time
from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.files import set_aside
from studio_app.document.document import Document
from studio_app.document.store import documents
from studio_app.document.store.documents import Newer
from studio_app.document.store.flushing import Flusher
from studio_app.document.store.large_edits import FEW, LargeEdits, fresh_tiles
from studio_app.document.store.tile_files import Broken, is_digest, plain_name
from studio_app.document.tiles import Tile, inflated

NAME = "journal.sqlite"
FORMAT = 1
BESIDE = ("-wal", "-shm")
"""What SQLite has beside the file while it is open, and after a kill."""
MOST_DEAD = 32 << 20
"""Bytes of tiles that nothing names any more, before they go."""
_BUSY_S = 5.0
_MOST_PAGES = 4096
"""Of the log, before a commit itself brings it into the file: `flush` does so long before."""
_SCHEMA = """
CREATE TABLE document (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE tiles (digest TEXT PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FINISHED = "CREATE TABLE IF NOT EXISTS finished (run TEXT PRIMARY KEY, said TEXT NOT NULL, packed BLOB NOT NULL)"
"""Releases that do not know it leave it alone."""
Result = TypeVar("Result")
_LOST = ("malformed", "not a database", "encrypted")


class Journal:
    """Writes the journal of one folder, from one thread at a time; `flush` from another, also meanwhile. What it can't
    write stays as it was, and is tried again from what is then in the file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._tiles: dict[str, int] = {}
        """Bytes by digest, of those that are in the file."""
        self._named: set[str] = set()
        """Those that the document in it names."""
        self._document: Document | None = None
        """The one in the file, if this run has written it."""
        self._ahead: dict[int, tuple[Tile, str]] = {}
        """Tiles that are in the file before a document that names them, and their digests."""
        self._large = LargeEdits()
        self._state: dict[str, str] = {}
        self._flusher = Flusher(self.path)

    def commit(
        self, document: Document, state: Mapping[str, str], *, durable: bool = False
    ) -> None:
        """A document and texts by name, as far as they are others than those that are there. durable: returns when all
        of it is on the disk, also what came before.

        StudioError where the disk refuses; what was there stays then.
        """

        def make() -> None:
            try:
                self._commit(document, state, durable=durable)
            except sqlite3.DatabaseError as error:
                if not any(word in str(error) for word in _LOST):
                    raise
                # What was in it is in the hands of who writes, whole.
                self.close()
                put_aside(self.path)
                self._commit(document, state, durable=True)

        self._guarded(make)
        self._ahead.clear()
        self._large.clear()

    def store_ahead(self, document: Document, seconds: float) -> bool:
        """Stores tiles that a commit of a document would have to, for about so long; whether no more than a few are
        left, so that it would be quick. StudioError as of `commit`."""
        left = self._missing(document)
        if len(left) <= FEW:
            return True
        end = time.monotonic() + seconds

        def store() -> int:
            connection = self._opened()
            connection.execute("PRAGMA synchronous=NORMAL")
            while left:
                tile = left.pop(0)
                self._ahead[id(tile)] = tile, self._stored(connection, tile)
                if time.monotonic() > end:
                    break
            commit(connection)
            return len(left)

        return self._guarded(store) <= FEW

    def commit_beside(self, document: Document, state: Mapping[str, str]) -> None:
        """The same without edits of which many tiles are missing, where that makes sense; StudioError too."""
        beside = self._large.without(document, self._document, self._missing(document))
        if beside is not None:
            self._guarded(lambda: self._commit(beside, state, durable=False))

    def keep(self, row: tuple[str, str, bytes]) -> None:
        """A finished picture, as of `Finished.row`, at once. StudioError where the disk refuses."""
        self._change(lambda connection: _insert(connection, "finished", row))

    def let_go(self, runs: Collection[str]) -> None:
        """Pictures of these runs have files of their own, or are wanted no more. StudioError as of `keep`."""
        rows = [(run,) for run in runs]
        self._change(lambda c: c.executemany("DELETE FROM finished WHERE run = ?", rows))

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def make() -> None:
            connection = self._opened()
            connection.execute("PRAGMA synchronous=NORMAL")
            change(connection)
            commit(connection)

        self._guarded(make)

    def flush(self) -> bool:
        """As of a Flusher."""
        return self._flusher.flush()

    def close(self, *, compact: bool = False) -> None:
        """compact: first drops what nothing names, and gives the room back."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._document, self._state = None, {}
        with contextlib.suppress(sqlite3.Error):
            if compact:
                self._drop_dead(connection, 0)
                connection.commit()
                connection.executescript("PRAGMA incremental_vacuum")  # `execute` frees one page
        self._shut(connection)

    # ---- inside ----

    def _guarded(self, make: Callable[[], Result]) -> Result:
        """StudioError where the disk refuses; what was there stays then."""
        try:
            return make()
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            raise _explained(self.path, error) from error
        except BaseException:
            self._give_up()
            raise

    def _missing(self, document: Document) -> list[Tile]:
        return [t for t in fresh_tiles(document, self._document) if id(t) not in self._ahead]

    def _stored(self, connection: sqlite3.Connection, tile: Tile) -> str:
        """Its digest; it is in the file by the next commit."""
        digest = tile.digest
        if digest not in self._tiles:
            packed = tile.deflated()
            _insert(connection, "tiles", (digest, packed))
            self._tiles[digest] = len(packed)
        return digest

    def _commit(self, document: Document, state: Mapping[str, str], *, durable: bool) -> None:
        connection = self._opened()
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        if document is not self._document:
            named: set[str] = set()

            def store(tile: Tile) -> str:
                digest = self._stored(connection, tile)
                named.add(digest)
                return digest

            text = documents.text_of(document, store)
            _insert(connection, "document", (1, document.revision, text))
            self._named = named
            self._drop_dead(connection, MOST_DEAD)
        for name, value in state.items():
            if self._state.get(name) != value:
                _insert(connection, "state", (name, value))
        if durable:  # there has to be something to commit for the log to be flushed
            connection.execute(
                "INSERT INTO state VALUES ('durable', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
        commit(connection)
        if durable and not self._flusher.rooted:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._document = document
        self._state |= state

    def _drop_dead(self, connection: sqlite3.Connection, most: int) -> None:
        dead = self._tiles.keys() - self._named - {digest for _, digest in self._ahead.values()}
        if sum(self._tiles[digest] for digest in dead) > most:
            connection.executemany("DELETE FROM tiles WHERE digest = ?", [(one,) for one in dead])
            self._tiles = {one: size for one, size in self._tiles.items() if one not in dead}

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode == _inode(self.path):
            return self._connection
        self._give_up()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, _BUSY_S, check_same_thread=False)
        self._connection = connection
        connection.execute("PRAGMA synchronous=OFF")  # before the first commit nothing counts
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute(f"PRAGMA journal_size_limit={MOST_DEAD}").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint={_MOST_PAGES}").fetchone()
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={FORMAT}; COMMIT;")
        connection.execute(_FINISHED)
        connection.commit()
        self._inode = _inode(self.path)
        sizes = connection.execute("SELECT digest, length(packed) FROM tiles").fetchall()
        self._tiles = dict(sizes)
        self._named = set(self._tiles)
        return connection

    def _give_up(self) -> None:
        """Nobody knows what of the last commit is there: it is looked up when the next one comes. A file whose flush
        has failed is not flushed again either (Rebello et al., "Can Applications Recover from fsync Failures?", ATC
        2020)."""
        connection, self._connection = self._connection, None
        self._tiles, self._document, self._state = {}, None, {}
        self._ahead.clear()
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.rollback()
            self._shut(connection)

    def _shut(self, connection: sqlite3.Connection) -> None:
        with contextlib.suppress(sqlite3.Error):
            connection.close()
        self._flusher.close()


def commit(connection: sqlite3.Connection) -> None:
    """(Tests make this very call fail.)"""
    connection.commit()


class Pages:
    """What a journal holds, for reading: nothing in the folder is changed by that."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen: dict[str, Tile] = {}

    def state(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def finished(self) -> list[tuple[str, str, bytes]]:
        """Rows of pictures that had no file yet, oldest first."""
        known = "SELECT name FROM sqlite_master WHERE name = 'finished'"
        if self._connection.execute(known).fetchone() is None:
            return []
        rows = self._connection.execute("SELECT run, said, packed FROM finished ORDER BY run")
        return [(plain_name(run), str(said), bytes(packed)) for run, said, packed in rows]

    def document(self) -> Document | None:
        """None where there is none. StudioError where it is broken, or a newer Underpaint's."""
        row = self._connection.execute("SELECT text FROM document").fetchone()
        if row is None:
            return None
        return documents.document_of(str(row[0]).encode("utf-8", "replace"), NAME, self._tile)

    def _tile(self, digest: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tile:
        """The same one for the same name."""
        if not is_digest(digest):
            raise ValueError("not the name of a tile")
        tile = self._seen.get(digest)
        if tile is None:
            row = self._connection.execute(
                "SELECT packed FROM tiles WHERE digest = ?", (digest,)
            ).fetchone()
            if row is None or not isinstance(row[0], bytes):
                raise ValueError("a tile is missing")
            tile = Tile(inflated(row[0], shape, dtype))
            if tile.digest != digest:
                raise ValueError("a tile is not the one that belongs here")
            self._seen[digest] = tile
        if (tile.shape, tile.dtype) != (shape, dtype):
            raise ValueError("a tile has another size")
        return tile


@contextlib.contextmanager
def reading(folder: Path) -> Generator[Pages | None]:
    """The journal of a folder as it is now; None where there is none.

    Broken where it can't be understood; Newer; any other StudioError where the system does not give it.
    """
    path = folder / NAME
    connection: sqlite3.Connection | None = None
    try:
        if not path.is_file():
            if path.exists():
                raise Broken(f"{NAME} is no file", str(path))
            yield None
            return
        connection = sqlite3.connect(_address(path), _BUSY_S, uri=True, check_same_thread=False)
        connection.execute("BEGIN")  # all of it is read of one moment
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
        if layout > FORMAT:
            raise Newer(
                f"{NAME} is of a newer Underpaint",
                f"format {layout}, and this one reads {FORMAT}",
                "Open it with the Underpaint that wrote it.",
            )
        if not layout:  # it was made, and nothing came into it
            yield None
            return
        yield Pages(connection)
    except (sqlite3.Error, OSError) as error:
        said = _explained(path, error)
        raise (said if _of_the_system(error) else Broken.of(said)) from error
    finally:
        if connection is not None:
            connection.close()


def put_aside(path: Path) -> None:
    """A journal that can't be used any more is kept under another name, with what belongs to it."""
    with contextlib.suppress(OSError):
        kept = set_aside(path)
        for ending in BESIDE:
            with contextlib.suppress(OSError):
                path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))


def _insert(connection: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608


def _address(path: Path) -> str:
    """For reading only. Without a log beside it nobody is writing, and the folder itself may be read-only."""
    alone = not path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"


def _inode(path: Path) -> int:
    """0 where it is gone: somebody has cleared up."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _of_the_system(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return True
    return isinstance(error, sqlite3.OperationalError) and not any(
        word in str(error) for word in (*_LOST, "no such table", "no such column")
    )


def _explained(path: Path, error: BaseException) -> StudioError:
    said = str(error)
    full = "full" in said or (isinstance(error, OSError) and error.errno == errno.ENOSPC)
    if full:
        return StudioError(
            "The disk is full",
            f"{path} could not be written and was left as it was",
            "Free some space, or choose another disk.",
        )
    reason = (error.strerror if isinstance(error, OSError) else said) or said
    return StudioError(
        "The journal of your work can't be used",
        f"{path}: {reason}",
        "Check the folder's permissions and its disk.",
    )
