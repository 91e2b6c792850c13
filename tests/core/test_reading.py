"""What a path may lead to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.reading import (
    NoSuchFile,
    expanded,
    home,
    is_dir,
    is_file,
    list_folder,
    read_bytes,
    read_lines,
    read_text,
)

UNIX = pytest.mark.skipif(os.name == "nt", reason="no pipes, devices or modes in its file system")


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_reads_a_whole_file(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfgr\xc3\xbcn\r\n")
    assert read_bytes(path) == b"\xef\xbb\xbfgr\xc3\xbcn\r\n"
    assert read_text(path) == "grün\r\n"
    path.write_bytes(b"\xff")
    with pytest.raises(StudioError, match=r"a\.txt.*UTF-8"):
        read_text(path)


@UNIX
@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_only_ordinary_files_are_read(tmp_path: Path, kind: str):
    path = tmp_path / "it"
    held = None
    if kind == "pipe":
        os.mkfifo(path)  # nobody writes to it: an ordinary open would wait for ever
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        held = socket.socket(socket.AF_UNIX)
        held.bind(os.path.relpath(path) if len(str(path)) > 100 else str(path))
    try:
        with pytest.raises(StudioError, match="no ordinary file"):
            read_bytes(path)
        assert not is_file(path)
        assert not is_dir(path)
    finally:
        if held is not None:
            held.close()


def test_a_folder_and_a_missing_file(tmp_path: Path):
    with pytest.raises(StudioError, match="folder"):
        read_bytes(tmp_path)
    with pytest.raises(NoSuchFile, match="does not exist"):
        read_bytes(tmp_path / "none")
    assert is_dir(tmp_path)
    assert not is_file(tmp_path)
    assert not is_file(tmp_path / "none" / "deeper")


def test_a_file_that_claims_gigabytes_is_refused_unread(tmp_path: Path):
    with pytest.raises(StudioError, match="too large"):
        read_bytes(sparse(tmp_path / "a.json", 8 << 30))
    with pytest.raises(StudioError, match="4 KiB"):
        read_bytes(sparse(tmp_path / "b.json", 5000), 4096)


@pytest.mark.parametrize("name", ["a\0b", "a" * 300])
def test_a_name_that_no_file_can_have_is_said(tmp_path: Path, name: str):
    for look in (read_bytes, is_file, is_dir, list_folder):
        with pytest.raises(StudioError) as caught:
            look(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert "Errno" not in str(caught.value) and len(str(caught.value)) < 400


@UNIX
def test_a_loop_of_links_is_said(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for look in (read_bytes, is_file, is_dir):
        with pytest.raises(StudioError):
            look(tmp_path / "a")


LOOK = """
import os, sys
from pathlib import Path
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir, is_file, list_folder, read_bytes
if os.geteuid() == 0:  # root may look everywhere
    os.setegid(65534)
    os.seteuid(65534)
for look, name in ((is_file, "shut/a"), (is_dir, "shut/a"), (read_bytes, "shut/a"), (list_folder, "shut")):
    try:
        look(Path(sys.argv[1]) / name)
        print("seen")
    except StudioError as error:
        print(error)
"""


@UNIX
def test_a_folder_that_may_not_be_looked_into(tmp_path: Path):
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "a").write_text("x")
    (tmp_path / "shut").chmod(0)
    for parent in (tmp_path, *tmp_path.parents[:3]):  # pytest's own folders are shut to others
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    try:
        run = subprocess.run(
            [sys.executable, "-c", LOOK, str(tmp_path)], capture_output=True, text=True
        )
    finally:
        (tmp_path / "shut").chmod(0o755)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("Permission denied") == 4, run.stdout


def test_a_home_that_is_not_known(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(StudioError, match="~nosuchuser"):
        expanded("~nosuchuser/x")

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    with pytest.raises(StudioError, match="UNDERPAINT_HOME"):
        home()


def test_lines_are_read_one_after_another(tmp_path: Path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\n\ntoo long by one\nfour \x0b\r\nlast")
    assert list(read_lines(path, 14)) == [b"one", b"", None, b"four \x0b\r", b"last"]
    path.write_bytes(b"a" * (3 << 20) + b"\nb\n" + b"c" * 15)
    assert list(read_lines(path, 14)) == [None, b"b", None]
    path.write_bytes(b"exactly this.")
    assert list(read_lines(path, 13)) == [b"exactly this."]
    path.write_bytes(b"")
    assert list(read_lines(path, 13)) == []


def test_lines_of_what_is_no_file(tmp_path: Path):
    with pytest.raises(NoSuchFile):
        next(read_lines(tmp_path / "none", 10))
    with pytest.raises(StudioError, match="is a folder"):
        next(read_lines(tmp_path, 10))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(StudioError, match="no ordinary file"):
            next(read_lines(tmp_path / "pipe", 10))
