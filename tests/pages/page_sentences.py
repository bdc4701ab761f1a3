"""Every sentence that a page can show, found by following its code from function to function."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from core.base.errors import InputError, TunesmithError
from core.monitor import failures, happenings
from core.prepare.samples import samples
from pages.ui import sentences, steps, story

ROOT = Path(__file__).resolve().parents[2]
# what follows depends on the page, and is added by hand below
_STOPS = {"pages.ui.sentences", "pages.ui.sentences.data", "pages.ui.sentences.results", "pages.ui.story", "pages.ui.steps"}
_CORE = {
    "prepare": ("core/prepare",),
    "estimate": ("core/estimate",),
    "train": ("core/train",),
    "monitor": ("core/monitor", "core/train/start.py", "core/train/reconcile.py"),
    "playground": ("core/playground",),
    "compare": ("core/compare",),
}
Place = tuple[str, str]  # module and name in it; "" is the code outside of functions


def of_page(page: str) -> frozenset[str]:
    """The sentences of one page in English, plurals included, with those of the sidebar and of the errors that can come anywhere."""
    found = set(_reached((f"pages.{page}", "")) | _reached(("pages.ui.sidebar", "draw")))
    for path in (file for where in _CORE[page] for file in _files(where)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        codes = set(_codes(tree))
        begun = tuple(code for code in codes if code.endswith("_"))  # "plan_" + … is any code that begins so
        found |= set(_marked(tree)) | {told for code, told in sentences.REASONS.items() if code in codes or code.startswith(begun)}
    found |= {text for path in _files("core/io") for text in _marked(ast.parse(path.read_text(encoding="utf-8")))}
    found |= {text for kind in _kinds(TunesmithError, page) for text in (kind.message, kind.hint)}
    found |= {steps.step(page).title, steps.step(page).purpose}
    found |= {story.hint(one, page, practice=practice) for one in samples().values() for practice in (True, False)}
    return frozenset(found | set(failures.sentences()) | set(happenings.sentences())) if page == "monitor" else frozenset(found)


@cache
def _module(name: str) -> ast.Module | None:
    path = ROOT / (name.replace(".", "/") + ".py")
    package = ROOT / name.replace(".", "/") / "__init__.py"
    path = path if path.is_file() else package
    return ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else None


@cache
def _imports(name: str) -> dict[str, Place]:
    found = {}
    for node in ast.walk(_module(name) or ast.Module([], [])):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pages"):
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return found


@cache
def _defined(name: str) -> dict[str, tuple[ast.stmt, ...]]:
    """The statements of a module by the name that they define."""
    found: dict[str, list[ast.stmt]] = {}
    for node in (_module(name) or ast.Module([], [])).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
        else:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            for one in names or [""]:
                found.setdefault(one, []).append(node)
    return {one: tuple(nodes) for one, nodes in found.items()}


@cache
def _reached(start: Place) -> frozenset[str]:
    todo, seen, found = [start], {start}, set()
    while todo:
        module, name = todo.pop()
        if name not in _defined(module) and name in _imports(module) and (handed_on := _imports(module)[name]) not in seen:
            seen.add(handed_on)  # what a package offers lies in its modules
            todo.append(handed_on)
        for node in _defined(module).get(name, ()):
            found |= set(_marked(node))
            for place in _used(module, node):
                if place not in seen and place[0] not in _STOPS:
                    seen.add(place)
                    todo.append(place)
    return frozenset(found)


def _used(module: str, node: ast.AST) -> Iterator[Place]:
    imports, own = _imports(module), _defined(module)
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in own:
            yield module, part.id
        elif isinstance(part, ast.Name) and part.id in imports:
            yield imports[part.id]
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in imports:
            package, name = imports[part.value.id]
            yield f"{package}.{name}", part.attr


def _marked(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("t", "tn", "N_"):
            for argument in call.args[: 2 if call.func.id == "tn" else 1]:
                yield from _strings(argument)


def _kinds(base: type[TunesmithError], page: str) -> Iterator[type[TunesmithError]]:
    """The errors that a page can meet: what is wrong with a file is said where files are read."""
    if base is not InputError or page == "prepare":
        yield base
        for kind in base.__subclasses__():
            yield from _kinds(kind, page)


def _codes(tree: ast.AST) -> Iterator[str]:
    """The codes of the reasons given in a file; where one is put together, any text of its function may be it."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            reasons = [node for node in ast.walk(function) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason"]
            told = [reason.args[0] for reason in reasons]
            computed = any(isinstance(code, ast.Name) for code in told)
            yield from (text for part in ([function] if computed else told) for text in _strings(part))


def _strings(tree: ast.AST) -> Iterator[str]:
    return (text.value for text in ast.walk(tree) if isinstance(text, ast.Constant) and isinstance(text.value, str))


def _files(where: str) -> list[Path]:
    path = ROOT / where
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
