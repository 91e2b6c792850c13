"""The README's two commands: made once, seen when torn, done again; said in one line when they cannot."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "packaging"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"underpaint_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """bootstrap.py in a folder of its own, where pip and venv are counted instead of run."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.module = load("bootstrap")
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.state = self.venv / "underpaint-state.json"
        self.made = 0
        self.pip: list[tuple[str, ...]] = []
        self.npm: list[list[str]] = []
        self.npm_says = 0
        self.fails_at = ""
        (root / "packaging").mkdir()
        (root / "packaging" / "constraints.txt").write_text("torch==2.13.0\n")
        (root / "pyproject.toml").write_text("[project]\n")
        patch.setattr(self.module, "ROOT", root)
        patch.setattr(self.module, "VENV", self.venv)
        patch.setattr(self.module, "PYTHON", self.python)
        patch.setattr(self.module, "STATE", self.state)
        patch.setattr(self.module, "CONSTRAINTS", root / "packaging" / "constraints.txt")
        patch.setattr(self.module, "NODE_TOOLS", self.venv / "share" / "underpaint-node")
        patch.setattr(self.module, "_pip", self.run_pip)
        patch.setattr(self.module, "_install_qt_libraries", lambda: None)
        patch.setattr(self.module, "_works", lambda python, code="pass": Path(python).exists())
        patch.setattr(self.module.subprocess, "run", self.make_venv)

    def make_venv(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            self.npm.append(command)
            return subprocess.CompletedProcess(command, self.npm_says)
        assert command[1:3] == ["-m", "venv"]
        self.made += 1
        self.python.parent.mkdir(parents=True, exist_ok=True)
        self.python.write_text("")
        return subprocess.CompletedProcess(command, 0)

    def run_pip(self, *arguments: str) -> None:
        self.pip.append(arguments)
        if self.fails_at and self.fails_at in " ".join(arguments):
            raise KeyboardInterrupt

    def ensure(self, **options: object) -> None:
        self.pip.clear()
        self.module.ensure_environment(**options)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_it_installs_once(machine: Machine):
    machine.ensure()
    assert machine.made == 1
    assert machine.pip[-1][-2:] == ("--editable", str(machine.module.ROOT))
    assert all("--constraint" in call for call in machine.pip)
    machine.ensure()
    assert (machine.made, machine.pip) == (1, [])


def test_the_test_tools_come_on_top_and_stay(machine: Machine):
    machine.ensure()
    machine.ensure(dev=True)
    assert machine.made == 1
    assert machine.pip[-1][-1].endswith("[dev]")
    machine.ensure()
    assert machine.pip == []
    machine.module.CONSTRAINTS.write_text("torch==2.14.0\n")
    machine.ensure()  # only the program is asked for: the tools are kept up all the same
    assert machine.pip[-1][-1].endswith("[dev]")


@pytest.mark.parametrize("says", [0, 1])
def test_what_only_npm_has_comes_with_the_test_tools_and_may_be_missing(
    says: int, machine: Machine, capsys: pytest.CaptureFixture[str]
):
    machine.npm_says = says
    machine.ensure()
    assert machine.npm == []
    machine.ensure(dev=True)
    (command,) = machine.npm
    assert command[-1].startswith("gltf-validator@") and "--ignore-scripts" in command
    assert ("npm could not install" in capsys.readouterr().err) == bool(says)
    machine.ensure(dev=True)
    assert len(machine.npm) == 1


@pytest.mark.parametrize("file", ["packaging/constraints.txt", "pyproject.toml"])
def test_a_changed_list_is_installed_in_place(file: str, machine: Machine):
    machine.ensure()
    (machine.module.ROOT / file).write_text("# changed\n")
    machine.ensure()
    assert machine.pip != []
    assert machine.made == 1


@pytest.mark.parametrize("step", ["hatchling", "--editable"])
@pytest.mark.parametrize("first", [True, False])
def test_an_interrupted_installation_is_done_again_from_nothing(
    step: str, first: bool, machine: Machine
):
    if not first:
        machine.ensure()
        machine.module.CONSTRAINTS.write_text("# changed\n")
    machine.fails_at = step
    with pytest.raises(KeyboardInterrupt):
        machine.ensure()
    (machine.venv / "half").write_text("")
    machine.fails_at = ""
    machine.ensure()
    assert machine.made == 2
    assert not (machine.venv / "half").exists()
    machine.ensure()
    assert machine.pip == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\0\0"])
def test_a_torn_state_is_done_again(content: str, machine: Machine):
    machine.ensure()
    machine.state.write_text(content)
    machine.ensure()
    assert machine.made == 2


def test_a_lost_python_is_done_again(machine: Machine):
    machine.ensure()
    machine.python.unlink()
    machine.ensure()
    assert machine.made == 2


def test_a_moved_folder_is_done_again(machine: Machine):
    machine.ensure()
    state = json.loads(machine.state.read_text())
    machine.state.write_text(json.dumps({**state, "done": "other", "root": "/elsewhere"}))
    machine.ensure()
    assert machine.made == 2


def test_somebody_elses_environment_is_left_alone(machine: Machine):
    machine.python.parent.mkdir(parents=True)
    machine.python.write_text("theirs")
    with pytest.raises(machine.module.SetupError, match="not made by this script"):
        machine.ensure()
    assert machine.python.read_text() == "theirs"


def test_another_index_for_torch_is_used_and_remembered(machine: Machine):
    machine.ensure()
    machine.ensure(torch_index="https://example.invalid/cu")
    assert machine.pip[0][:3] == ("uninstall", "--yes", "torch")
    assert "https://example.invalid/cu" in machine.pip[-1]
    machine.ensure()
    assert machine.pip == []
    machine.fails_at = "--editable"
    machine.module.CONSTRAINTS.write_text("# changed\n")
    with pytest.raises(KeyboardInterrupt):
        machine.ensure()
    machine.fails_at = ""
    machine.ensure()
    assert "https://example.invalid/cu" in machine.pip[-1]


def test_a_python_without_venv_is_said_in_a_line(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine.module, "_works", lambda python, code="pass": code == "pass")
    with pytest.raises(machine.module.SetupError, match="apt-get install python3-venv") as caught:
        machine.ensure()
    assert "\n" not in str(caught.value)
    assert not machine.venv.exists()


@pytest.mark.parametrize("old", [(3, 9), (3, 14)])
def test_another_python_is_looked_for(
    old: tuple[int, int], machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(machine.module.sys, "version_info", (*old, 0))
    monkeypatch.setattr(machine.module.shutil, "which", lambda name: None)
    with pytest.raises(machine.module.SetupError, match=r"needs Python 3\.11, 3\.12 or 3\.13"):
        machine.ensure()
    (tmp_path / "python3.12").write_text("")
    found = {"python3.12": str(tmp_path / "python3.12")}
    monkeypatch.setattr(machine.module.shutil, "which", found.get)
    machine.ensure()
    assert machine.made == 1


def test_without_root_the_one_line_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    module = load("bootstrap")
    monkeypatch.setattr(module, "missing_qt_packages", lambda: ["libegl1", "libgl1"])
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(module.shutil, "which", lambda name: "/usr/bin/" + name)
    module._install_qt_libraries()
    line = "For the window, Qt needs: sudo apt-get install -y libegl1 libgl1\n"
    assert capsys.readouterr().err == line


def test_root_gets_the_libraries_installed(monkeypatch: pytest.MonkeyPatch):
    module = load("bootstrap")
    missing = [["libegl1"], []]
    ran: list[list[str]] = []
    monkeypatch.setattr(module, "missing_qt_packages", lambda: missing.pop(0))
    monkeypatch.setattr(module.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(module.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(module.subprocess, "run", lambda command, **_: ran.append(command))
    module._install_qt_libraries()
    assert [command[2] for command in ran] == ["update", "install"]
    assert ran[1][-1] == "libegl1"


@pytest.mark.parametrize(
    ("arguments", "split"),
    [
        ([], ("", [])),
        (["render", "a cat"], ("", ["render", "a cat"])),
        (["--torch-index", "https://x", "doctor"], ("https://x", ["doctor"])),
        (["--torch-index=https://x"], ("https://x", [])),
        (["render", "--torch-index"], ("", ["render", "--torch-index"])),
    ],
)
def test_run_splits_its_own_option_off(
    arguments: list[str], split: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    assert load("run").split_torch_index(arguments) == split


def test_run_without_a_display_shows_how_to_draw(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    run = load("run")
    monkeypatch.setattr(run.bootstrap, "ensure_environment", lambda **_: Path(sys.executable))
    monkeypatch.setattr(run.bootstrap, "has_display", lambda: False)
    monkeypatch.setattr(run.os, "execv", lambda *_: pytest.fail("nothing is to be started"))
    monkeypatch.setattr(sys, "argv", ["run.py"])
    assert run.main() == 0
    said = capsys.readouterr().out
    assert "no display" in said
    assert "packaging/run.py render" in said


def test_test_py_checks_everything():
    source = (SCRIPTS / "test.py").read_text()
    for tool in ("ruff", "format", "pyright", "importlinter", "pytest"):
        assert tool in source


def test_the_scripts_parse_on_old_pythons_and_start_without_packages():
    """They import the standard library alone: a wrong or bare Python gets a sentence, not a traceback."""
    for name in ("bootstrap", "run", "test"):
        source = (SCRIPTS / f"{name}.py").read_text()
        compile(source, name, "exec", dont_inherit=True)
        modules = set(re.findall(r"^\s*(?:import|from) (\w+)", source, re.MULTILINE))
        assert modules - {"bootstrap"} <= set(sys.stdlib_module_names)
    command = [sys.executable, "-S", "-c", "import bootstrap"]
    subprocess.run(command, cwd=SCRIPTS, check=True)


def pins() -> dict[str, str]:
    lines = (SCRIPTS / "constraints.txt").read_text().splitlines()
    rows = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(row) == 2 for row in rows), "every line pins one version"
    return {canonicalize_name(name): version for name, version in rows}


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(line) for line in lines]


def test_every_requirement_is_pinned_within_its_range():
    pinned = pins()
    for requirement in requirements():
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])


def test_everything_that_is_pulled_in_is_pinned():
    """Walks the installed requirements: what comes along has a line in constraints.txt too."""
    todo = [(canonicalize_name(r.name), frozenset(r.extras)) for r in requirements()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:
            pytest.skip(f"{name} is not here: packaging/test.py makes the environment that has all")
        for line in lines:
            needed = Requirement(line)
            marks = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(mark) for mark in marks):
                todo.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    pulled = {name for name, _ in seen}
    cuda = {n for n in pulled if n.startswith(("nvidia-", "cuda-")) or n == "triton"}
    assert sorted(pulled - cuda - set(pins())) == []


def test_what_was_decided_about_versions_holds():
    pinned = pins()
    assert pinned["torch"] == "2.13.0"
    assert pinned["pyside6-essentials"] not in ("6.11.0", "6.11.1")
    floors = {str(canonicalize_name(r.name)): r.specifier for r in requirements()}
    assert not floors["pillow"].contains("12.9")
    assert not floors["diffusers"].contains("0.42.0")
    assert not floors["transformers"].contains("5.2")
    assert floors["torch"].contains("2.11.0")


def test_ci_runs_the_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert "python3 packaging/test.py" in script
