"""Who may import whom: read from the source, and seen in a fresh interpreter."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCREENS = ("prepare", "estimate", "train", "monitor", "playground", "compare")


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _modules(*folders: str) -> Iterator[tuple[Path, set[str]]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, _imports(path)


def _begins(names: set[str], *prefixes: str) -> set[str]:
    return {name for name in names if any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)}


def test_the_scan_finds_imports() -> None:
    assert "streamlit" in _imports(ROOT / "streamlit_app.py")
    assert len(list(_modules("core", "engine"))) > 60


def test_no_streamlit_and_no_plotly_below_the_pages() -> None:
    assert {p.name: bad for p, names in _modules("core", "engine") if (bad := _begins(names, "streamlit", "plotly", "pages"))} == {}


def test_base_imports_nothing_above_it() -> None:
    above = ["core.io", *(f"core.{screen}" for screen in SCREENS), "engine"]
    assert {p.name: bad for p, names in _modules("core/base") if (bad := _begins(names, *above))} == {}


def test_io_imports_only_base() -> None:
    above = [f"core.{screen}" for screen in SCREENS]
    assert {p.name: bad for p, names in _modules("core/io") if (bad := _begins(names, *above, "engine"))} == {}


@pytest.mark.parametrize("screen", SCREENS)
def test_screens_do_not_import_each_other(screen: str) -> None:
    others = [f"core.{other}" for other in SCREENS if other != screen]
    assert {p.name: bad for p, names in _modules(f"core/{screen}") if (bad := _begins(names, *others, "engine"))} == {}


def test_the_engine_imports_base_alone_and_nobody_imports_the_engine() -> None:
    above = ["core.io", *(f"core.{screen}" for screen in SCREENS)]
    assert {p.name: bad for p, names in _modules("engine") if (bad := _begins(names, *above))} == {}
    assert {p.name: bad for p, names in _modules("core", "pages") if (bad := _begins(names, "engine"))} == {}


def test_launch_stands_alone() -> None:
    ours = ("core", "engine", "pages", "streamlit")
    assert {p.name: bad for p, names in _modules("launch") if (bad := _begins(names, *ours))} == {}
    assert {p.name: bad for p, names in _modules("core", "engine", "pages") if (bad := _begins(names, "launch"))} == {}


def test_openai_is_imported_in_one_place() -> None:
    users = {p.relative_to(ROOT).as_posix() for p, names in _modules("core", "engine", "pages") if _begins(names, "openai")}
    assert users == {"core/io/openai_calls.py"}


@pytest.mark.parametrize("top", ["core", "engine"])
def test_a_fresh_interpreter_loads_it_without_the_screen_and_without_what_is_heavy(top: str) -> None:
    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for path, _ in _modules(top)
        if path.name != "__main__.py"
        and "migrations" not in path.parts
        # of engine/lora only what the server and the worker load: the rest runs in processes of its own and needs the pack
        and path.parent.name != "lora"
    ]
    heavy = ("streamlit", "plotly", "sklearn", "scipy", "torch", "transformers")
    load = f"import importlib, sys\nfor name in {names!r}:\n    importlib.import_module(name)\n"
    code = f"{load}print(sorted(set({heavy!r}) & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "[]"
