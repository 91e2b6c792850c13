"""Whatever fails, at whatever step: the old file or the new one, whole, and no litter."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from studio_app.core import files
from studio_app.core.errors import StudioError
from studio_app.core.files import (
    append_line,
    check_writable,
    remove_leftovers,
    remove_leftovers_of,
    replace_atomic,
    write_bytes_atomic,
    write_text_atomic,
)

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions, links and folder flushes")


class Crash(BaseException):
    """What no `except Exception` catches."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "picture.bin"
    path.parent.mkdir()
    path.write_bytes(b"old")
    return path


def alone(path: Path) -> bool:
    return [other.name for other in path.parent.iterdir()] == [path.name]


def fail_with(problem: BaseException) -> Callable[..., None]:
    def fail(*args: object, **kwargs: object) -> None:
        raise problem

    return fail


def test_it_writes_and_replaces(tmp_path: Path):
    path = tmp_path / "new" / "folders" / "a.bin"
    write_bytes_atomic(path, b"\x00first")
    assert path.read_bytes() == b"\x00first"
    write_bytes_atomic(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert alone(path)


def test_text_is_utf8_with_its_own_line_endings(tmp_path: Path):
    write_text_atomic(tmp_path / "a.txt", "größe\r\n狐\n")
    assert (tmp_path / "a.txt").read_bytes() == "größe\r\n狐\n".encode()


def test_readers_see_the_old_file_until_the_end(old: Path):
    with replace_atomic(old) as temporary:
        assert temporary.parent == old.parent
        temporary.write_bytes(b"half")
        assert old.read_bytes() == b"old"
        temporary.write_bytes(b"whole")
    assert old.read_bytes() == b"whole"
    assert alone(old)


PROBLEMS = [
    (OSError(errno.ENOSPC, "No space left on device"), StudioError, "disk is full"),
    (OSError(errno.EIO, "Input/output error"), StudioError, "Input/output error"),
    (PermissionError(errno.EACCES, "Permission denied"), StudioError, "Not allowed"),
    (KeyboardInterrupt(), KeyboardInterrupt, ""),
    (Crash(), Crash, ""),
    (ValueError("a bug"), ValueError, "a bug"),
]


@pytest.mark.parametrize("step", ["write", "flush", "verify", "permissions", "replace"])
@pytest.mark.parametrize(("problem", "seen", "words"), PROBLEMS, ids=lambda p: type(p).__name__)
def test_a_failure_at_any_step_keeps_the_old_file(
    step: str,
    problem: BaseException,
    seen: type[BaseException],
    words: str,
    old: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    if step == "flush":
        monkeypatch.setattr(files.os, "fsync", fail_with(problem))
    if step == "permissions":
        monkeypatch.setattr(files.shutil, "copymode", fail_with(problem))
    if step == "replace":
        monkeypatch.setattr(files.os, "replace", fail_with(problem))

    def write() -> None:
        with replace_atomic(old, fail_with(problem) if step == "verify" else None) as temporary:
            temporary.write_bytes(b"half of it")
            if step == "write":
                raise problem

    with pytest.raises(seen) as caught:
        write()
    assert words in str(caught.value)
    assert old.read_bytes() == b"old"
    assert alone(old)


@posix
@pytest.mark.parametrize(("problem", "seen", "words"), PROBLEMS, ids=lambda p: type(p).__name__)
def test_a_failure_to_flush_the_folder_leaves_the_new_file_whole(
    problem: BaseException,
    seen: type[BaseException],
    words: str,
    old: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(files, "flush_folder", fail_with(problem))
    with pytest.raises(seen) as caught:
        write_bytes_atomic(old, b"new")
    assert words in str(caught.value)
    assert old.read_bytes() == b"new"
    assert alone(old)


@posix
def test_a_file_system_without_folder_flush_is_no_error(old: Path, monkeypatch: pytest.MonkeyPatch):
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(descriptor)

    monkeypatch.setattr(files.os, "fsync", fsync)
    write_bytes_atomic(old, b"new")
    assert old.read_bytes() == b"new"


def test_the_order_is_flush_verify_replace_flush(old: Path, monkeypatch: pytest.MonkeyPatch):
    done: list[str] = []
    for name in ("flush_file", "replace_file", "flush_folder"):
        known = getattr(files, name)
        monkeypatch.setattr(
            files, name, lambda *a, name=name, known=known: (done.append(name), known(*a))[1]
        )
    write_bytes_atomic(old, b"new", verify=lambda path: done.append("verify"))
    assert done == ["flush_file", "verify", "replace_file", "flush_folder"]


def test_verify_sees_the_new_bytes_and_can_refuse(old: Path):
    seen: list[bytes] = []

    def refuse(path: Path) -> bool:
        seen.append(path.read_bytes())
        return False

    with pytest.raises(StudioError, match="did not read back"):
        write_bytes_atomic(old, b"new", refuse)
    assert seen == [b"new"]
    assert old.read_bytes() == b"old"
    assert alone(old)


def test_a_block_that_writes_nothing_is_an_error(old: Path):
    with pytest.raises(StudioError, match="Nothing was written"), replace_atomic(old):
        pass
    assert old.read_bytes() == b"old"


def test_an_error_about_another_file_is_passed_on_as_it_is(old: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"source\.bin"), replace_atomic(old) as temporary:
        temporary.write_bytes((tmp_path / "source.bin").read_bytes())
    assert old.read_bytes() == b"old"
    assert alone(old)


def test_a_killed_process_leaves_the_old_file(old: Path):
    code = (
        "import os, sys; from studio_app.core.files import replace_atomic\n"
        "with replace_atomic(sys.argv[1]) as t: t.write_bytes(b'half'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(old)]).returncode == 9
    assert old.read_bytes() == b"old"
    leftovers = [path for path in old.parent.iterdir() if path != old]
    assert len(leftovers) == 1  # nobody was left to remove it

    write_bytes_atomic(old, b"newer")
    assert leftovers[0].exists()  # young: it might be a writer's at work
    hours_ago = time.time() - 2 * 3600
    os.utime(leftovers[0], (hours_ago, hours_ago))
    write_bytes_atomic(old, b"newest")
    assert alone(old)


def test_a_folder_is_not_read_again_for_every_file(old: Path, monkeypatch: pytest.MonkeyPatch):
    looks: list[object] = []
    scandir = os.scandir
    monkeypatch.setattr(files.os, "scandir", lambda at: looks.append(at) or scandir(at))
    for number in range(5):
        write_bytes_atomic(old.with_name(f"{number}.bin"), b"new")
    assert len(looks) <= 1


def test_leftovers_of_other_files_are_not_touched(old: Path):
    others = [
        old.parent / ".other.bin.abc.tmp",
        old.parent / "picture.bin.tmp",
        old.parent / ".p.tmp",
    ]
    for path in others:
        path.write_bytes(b"theirs")
        os.utime(path, (0, 0))
    write_bytes_atomic(old, b"new")
    assert all(path.exists() for path in others)


LONG = "The knight of the long winter, chapter one - "


@pytest.mark.parametrize(
    ("name", "other"), [(f"{LONG}night.ora", f"{LONG}day.ora"), ("a.ora.1~", "a.ora")]
)
def test_a_name_that_begins_alike_is_another_files(tmp_path: Path, name: str, other: str):
    """One window writes `name`, and another begins to save `other`."""
    with replace_atomic(tmp_path / name) as temporary:
        temporary.write_bytes(b"whole")
        hours_ago = time.time() - 2 * 3600
        os.utime(temporary, (hours_ago, hours_ago))
        remove_leftovers_of(tmp_path / other)
        write_bytes_atomic(tmp_path / other, b"other")
    assert (tmp_path / name).read_bytes() == b"whole"


@pytest.mark.parametrize("name", ["a.ora", f"{LONG}night.ora", "\u9b3c" * 80])
def test_leftovers_of_a_name_are_found_by_it(tmp_path: Path, name: str):
    with replace_atomic(tmp_path / name) as temporary:
        temporary.write_bytes(b"whole")
    temporary.write_bytes(b"half")  # as a kill leaves it
    remove_leftovers_of(tmp_path / "others.ora")
    assert temporary.exists()
    remove_leftovers_of(tmp_path / name)
    assert not temporary.exists()
    temporary.write_bytes(b"half")
    remove_leftovers(tmp_path)
    assert not temporary.exists()


@posix
def test_a_file_keeps_its_permissions(old: Path):
    old.chmod(0o640)
    write_bytes_atomic(old, b"new")
    assert old.stat().st_mode & 0o777 == 0o640


@posix
def test_a_link_stays_a_link(old: Path):
    link = old.parent.parent / "link.bin"
    link.symlink_to(old)
    write_bytes_atomic(link, b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"


@posix
def test_a_loop_of_links_is_said(tmp_path: Path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(StudioError):
        write_bytes_atomic(tmp_path / "a", b"new")


def test_a_folder_is_not_replaced(tmp_path: Path):
    (tmp_path / "out").mkdir()
    with pytest.raises(StudioError, match="folder"):
        write_bytes_atomic(tmp_path / "out", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_way_of_a_folder_is_said(old: Path):
    with pytest.raises(StudioError, match="Part of the path is a file"):
        write_bytes_atomic(old / "deeper" / "a.bin", b"new")
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize(
    "name", ["a" * 250, "狐" * 80, "[x]*?.bin" if os.name != "nt" else "[x].bin"]
)
def test_long_and_awkward_names_are_written(tmp_path: Path, name: str):
    write_bytes_atomic(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new"
    assert alone(tmp_path / name)


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full"
)
def test_a_disk_that_is_really_full(old: Path):
    with pytest.raises(StudioError, match="disk is full"), replace_atomic(old):
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"more than nothing")
    assert old.read_bytes() == b"old"


@posix
def test_a_device_or_a_pipe_is_not_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, Path("/dev/null")):
        with pytest.raises(StudioError, match="no ordinary file"):
            write_bytes_atomic(target, b"new")
        assert not target.is_file()
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    with pytest.raises(StudioError, match="no ordinary file"):
        write_bytes_atomic(link, b"new")
    assert not Path("/dev/null").is_file()


@posix
def test_a_file_that_is_protected_is_not_replaced(old: Path):
    old.chmod(0o444)
    with pytest.raises(StudioError, match="read-only"):
        write_bytes_atomic(old, b"new")
    assert old.read_bytes() == b"old"
    assert alone(old)


def test_folders_that_were_made_for_nothing_go_again(tmp_path: Path):
    with pytest.raises(StudioError), replace_atomic(tmp_path / "a" / "b" / "c.bin"):
        pass  # nothing is written
    assert list(tmp_path.iterdir()) == []
    write_bytes_atomic(tmp_path / "a" / "b" / "c.bin", b"whole")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"whole"


def test_a_name_that_is_too_long_is_said_once_and_shortly(tmp_path: Path):
    long = tmp_path / f"{'a' * 300}.ora"
    for write in (
        partial(write_bytes_atomic, data=b"new"),
        partial(append_line, line="new"),
        check_writable,
    ):
        with pytest.raises(StudioError, match="name is too long") as caught:
            write(long)
        assert "Errno" not in str(caught.value) and len(caught.value.detail) <= 160
        assert caught.value.detail.startswith(str(tmp_path)[:40]) and caught.value.detail.endswith(
            ".ora"
        )


def test_a_long_path_among_other_words_has_no_middle(tmp_path: Path):
    folder = tmp_path / ("c" * 200)
    folder.mkdir(parents=True)
    with pytest.raises(StudioError, match="folder, not a file") as caught:
        write_bytes_atomic(folder, b"new")
    assert "…" in caught.value.detail and len(caught.value.detail) <= 160
