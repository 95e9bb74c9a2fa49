"""A disk that remembers what was written and what was synced, so that its power can be cut.

A VFS of apsw, in this process: while it is the default, every connection that jobd's code opens
goes through it. Data that no sync covers may be lost, in sectors and in any order; names that no
sync of the folder covers may be lost from some point on, as a file system's journal loses them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_BASE = "unix"
_KEPT = (
    apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
)  # the rest holds nothing that must last


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place; a truncation has none."""

    file: int
    at: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Name:
    """A file's name appears, or goes (None); `durable`: the folder was synced with it."""

    path: str
    file: int | None
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    """A file is on the disk as it is now, and if it was new, so are all names."""

    file: int
    names: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Something was promised to somebody at this point."""

    what: Any


@dataclass
class Recorder:
    """What happened to the files of a folder, in order."""

    folder: Path
    events: list[Write | Name | Sync | Mark] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                self.count += 1
                self.names[str(path)] = self.count
                self.contents[self.count] = path.read_bytes()
        self._current = dict(self.names)

    def mark(self, what: Any) -> None:
        """Note a promise."""
        self.events.append(Mark(what))

    def opened(self, path: str, *, new: bool) -> int:
        """The number of the file behind a name."""
        if new or path not in self._current:
            self.count += 1
            self._current[path] = self.count
            self.events.append(Name(path, self.count))
        return self._current[path]

    def deleted(self, path: str, *, durable: bool) -> None:
        """A name is gone."""
        if self._current.pop(path, None):
            self.events.append(Name(path, None, durable))


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._recorder = recorder
        self._new = not Path(path).exists()
        super().__init__(_BASE, name, flags)
        self._number = recorder.opened(path, new=self._new)
        # Only a new file's first sync reaches its folder.
        self._sync_names = self._new

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._recorder.events.append(Write(self._number, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._recorder.events.append(Write(self._number, newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - the real disk is not meant
        self._recorder.events.append(Sync(self._number, self._sync_names))
        self._sync_names = False


class _Vfs(apsw.VFS):
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        super().__init__("power", _BASE, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None or not flags[0] & _KEPT:
            return apsw.VFSFile(_BASE, name, flags)
        return _File(self._recorder, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - apsw's signature
        super().xDelete(filename, syncdir)
        self._recorder.deleted(filename, durable=syncdir)


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    """Record what SQLite does to a folder; all connections must be closed within the block."""
    recorder = Recorder(folder)
    vfs = _Vfs(recorder)
    try:
        yield recorder
    finally:
        vfs.unregister()


class Disk:
    """The same events played again, up to the moment at which the power goes."""

    def __init__(self, recorder: Recorder) -> None:
        self._events = iter(recorder.events)
        self._names = dict(recorder.names)
        self._files = {number: bytearray(data) for number, data in recorder.contents.items()}
        self._unsynced: dict[int, list[Write]] = {}
        self._unsynced_names: list[Name] = []
        self._at = 0
        self.marks: list[Any] = []

    def play(self, until: int) -> None:
        """Go on to an event, which is not yet done."""
        while self._at < until:
            self._play(next(self._events))
            self._at += 1

    def _play(self, event: Write | Name | Sync | Mark) -> None:
        match event:
            case Write():
                self._unsynced.setdefault(event.file, []).append(event)
            case Sync():
                content = self._files.setdefault(event.file, bytearray())
                for write in self._unsynced.pop(event.file, []):
                    _apply(content, write)
                if event.names:
                    self._sync_names()
            case Name():
                self._unsynced_names.append(event)
                if event.durable:
                    self._sync_names()
            case Mark():
                self.marks.append(event.what)

    def _sync_names(self) -> None:
        for name in self._unsynced_names:
            _rename(self._names, name)
        self._unsynced_names = []

    def cut(self, dice: random.Random) -> dict[str, bytes]:
        """One of the many ways in which the disk may look after the power went."""
        names = dict(self._names)
        for name in self._unsynced_names[: dice.randint(0, len(self._unsynced_names))]:
            _rename(names, name)
        return {
            path: bytes(_survivors(self._files.get(file, b""), self._unsynced.get(file, []), dice))
            for path, file in sorted(names.items())
        }


def _rename(names: dict[str, int], name: Name) -> None:
    if name.file is None:
        names.pop(name.path, None)
    else:
        names[name.path] = name.file


def _apply(content: bytearray, write: Write) -> None:
    if len(content) < write.at:
        content.extend(bytes(write.at - len(content)))
    if write.data is None:
        del content[write.at :]
    else:
        content[write.at : write.at + len(write.data)] = write.data


def _survivors(durable: bytes | bytearray, unsynced: list[Write], dice: random.Random) -> bytearray:
    """What was synced, and of the rest what chance has kept."""
    content = bytearray(durable)
    pieces = _pieces(unsynced, dice.choice([512, 4096]))
    kept = dice.choice([0.0, 0.1, 0.5, 0.9, 1.0])
    pieces = [piece for piece in pieces if dice.random() < kept]
    if dice.random() < 0.5:
        dice.shuffle(pieces)
    elif pieces and dice.random() < 0.5:
        del pieces[dice.randrange(len(pieces)) :]
    for piece in pieces:
        _apply(content, piece)
    if unsynced and dice.random() < 0.2:  # the length is on the disk, the data is not
        content.extend(bytes(dice.choice([512, 4096, 70_000])))
    return content


def _pieces(writes: list[Write], sector: int) -> list[Write]:
    """Every write in parts that are kept or lost as a whole."""
    pieces: list[Write] = []
    for write in writes:
        if write.data is None:
            pieces.append(write)
            continue
        start = 0
        while start < len(write.data):
            end = min(len(write.data), start + sector - (write.at + start) % sector)
            pieces.append(Write(write.file, write.at + start, write.data[start:end]))
            start = end
    return pieces
