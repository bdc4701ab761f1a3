"""Find text that reaches the screen without t(): from every text parameter of Streamlit's commands back to where its value comes from.

A value is followed through variables, conditions, dictionaries, the functions of pages/ and their parameters; what comes out of t() or
tn(), of core or of a file is not looked into. Numbers that are written by hand (`:.2f`, isoformat()) are found on the same way.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import streamlit as st

Function = ast.FunctionDef | ast.Lambda
_TEXT = {"label", "body", "help", "placeholder", "title", "text", "alt", "page_title", "caption", "captions", "tabs", "delta", "message"}
_TEXT |= {"format_func", "pages"}
_MORE = {"metric": {"value"}, "dataframe": {"data"}, "table": {"data"}, "write": {"args"}, "data_editor": {"data"}, "TextColumn": {"label"}}
# of Plotly's figures: what is drawn on the chart
_CHART = {
    name: {"title", "name", "text", "hovertemplate"}
    for name in ("update_xaxes", "update_yaxes", "update_layout", "update_traces", "add_scatter", "add_bar", "add_annotation")
}
_TRANSLATORS = {"t", "tn"}
_PASSED_ON = {"Raw", "str", "escape", "list", "tuple", "sorted", "reversed", "dict", "DataFrame", "zip", "map", "enumerate"}
_BY_HAND = {"isoformat", "strftime"}
_MARKUP = re.compile(r"<(script|style)>.*?</\1>|<[^>]*>|:material/[\w\0]*:|:[a-z-]+\[|https?://\S*", re.DOTALL)
# after this comes an icon's name, or something inside a tag
_IN_MARKUP = re.compile(r":material/$|<[^>]*$|<(?:script|style)>(?!.*</(?:script|style)>)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Place:
    """A piece of code: its module and, inside a function, that function."""

    module: str
    function: Function | None = None


@dataclass
class Scan:
    """The sources of pages/ by module name, and what was found in them: (module, line, text)."""

    sources: Mapping[str, str]
    allowed: frozenset[str] = frozenset()
    found: set[tuple[str, int, str]] = field(default_factory=set)
    reached: int = 0  # how many text parameters were looked into

    def __post_init__(self) -> None:
        self._trees = {name: ast.parse(source) for name, source in self.sources.items()}
        self._imports = {name: _imports(tree) for name, tree in self._trees.items()}
        self._calls = [(Place(name, inside), call) for name, tree in self._trees.items() for inside, call in _calls(tree, None)]
        self._seen: set[tuple[str, int, int, str]] = set()
        self._sinks: set[tuple[str, str, str]] = set()  # module, function, parameter that reaches the screen
        self._forwarders: dict[tuple[str, str], str] = {}  # functions that hand their **keywords to a command of Streamlit
        while True:
            before = len(self._sinks) + len(self._forwarders)
            for place, call in self._calls:
                self._call(place, call)
            if len(self._sinks) + len(self._forwarders) == before:
                return

    def _call(self, place: Place, call: ast.Call) -> None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        if name in _TRANSLATORS:  # what it puts into the sentence is on screen too
            self._all(place, [keyword.value for keyword in call.keywords])
            return
        target = self._defined(place, call.func)
        if target is None:
            if isinstance(call.func, ast.Attribute) and not self._is_other_module(place, call.func.value):
                self._command(place, call, name)
            return
        function = target[1]
        names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
        forwards = self._forwarders.get((target[0].module, function.name))
        given = (*zip(names, call.args, strict=False), *((one.arg, one.value) for one in call.keywords if one.arg))
        for parameter, value in given:
            if (target[0].module, function.name, parameter) in self._sinks or (
                forwards and parameter not in names and parameter in _TEXT | _MORE.get(forwards, set())
            ):
                self._follow(place, value)

    def _command(self, place: Place, call: ast.Call, name: str) -> None:
        if name in _CHART:
            wanted, names = _CHART[name], []
        elif name in _commands():
            wanted, names = _TEXT | _MORE.get(name, set()), _commands()[name]
            if not any(keyword.arg == "format_func" for keyword in call.keywords):
                wanted = wanted | {"options"}
        else:
            return
        for nth, value in enumerate(call.args):
            parameter = names[min(nth, len(names) - 1)] if names else ""
            if parameter in wanted:
                self._follow(place, value, keys=parameter == "pages")
        for keyword in call.keywords:
            if keyword.arg in wanted:
                self._follow(place, keyword.value)
            elif keyword.arg is None and isinstance(keyword.value, ast.Name) and isinstance(place.function, ast.FunctionDef):
                rest = place.function.args.kwarg
                if rest is not None and rest.arg == keyword.value.id:
                    self._forwarders[place.module, place.function.name] = name

    def _follow(self, place: Place, node: ast.AST | None, *, keys: bool = False) -> None:
        if node is None:
            return
        mark = (place.module, getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node).__name__)
        if mark in self._seen:
            return
        self._seen.add(mark)
        self.reached += 1
        match node:
            case ast.Constant(value=str(text)):
                self._words(place, node, text)
            case ast.JoinedStr(values=parts):
                self._words(place, node, "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in parts))
                before = ""
                for part in parts:
                    if isinstance(part, ast.Constant):
                        before += part.value
                    elif isinstance(part, ast.FormattedValue) and not _IN_MARKUP.search(before):
                        if part.format_spec is not None:
                            self._note(place, node, "by hand: " + ast.unparse(node))
                        self._follow(place, part.value)
            case ast.BinOp(left=left, right=right):
                self._all(place, (left, right))
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                for value in values:
                    self._follow(place, value, keys=keys)
            case ast.IfExp(body=first, orelse=second):
                self._all(place, (first, second))
            case ast.Dict(keys=names, values=values):
                self._all(place, [*(names if keys else ()), *values])
            case ast.Starred(value=value) | ast.NamedExpr(value=value) | ast.Subscript(value=value) | ast.Lambda(body=value):
                self._follow(place, value)
            case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value):
                self._follow(place, value, keys=keys)
            case ast.DictComp(key=name, value=value):
                self._all(place, (name, value) if keys else (value,))
            case ast.Name(id=name):
                self._name(place, name)
            case ast.Attribute():
                if (target := self._defined(place, node)) is not None:
                    self._returns(*target)
            case ast.Call():
                self._value(place, node, keys)

    def _value(self, place: Place, call: ast.Call, keys: bool) -> None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        if name in _TRANSLATORS:
            return
        if name in _BY_HAND:
            self._note(place, call, "by hand: " + ast.unparse(call))
        if (target := self._defined(place, call.func)) is not None:
            if name == "escape" or name == "Raw":
                self._all(place, call.args)
            else:
                self._returns(*target, keys=keys)
        elif name == "DataFrame":
            for value in (*call.args, *(keyword.value for keyword in call.keywords if keyword.arg in ("columns", "data"))):
                self._follow(place, value, keys=True)
        elif name in _PASSED_ON:
            self._all(place, call.args)
        elif isinstance(call.func, ast.Attribute) and not self._is_other_module(place, call.func.value):
            self._follow(place, call.func.value)
            if name in ("join", "format", "get", "replace", "rename", "assign"):
                self._all(place, [*(call.args[1:] if name == "get" else call.args), *(keyword.value for keyword in call.keywords)])

    def _name(self, place: Place, name: str) -> None:
        if isinstance(place.function, ast.FunctionDef):
            arguments = place.function.args
            if any(one.arg == name for one in (*arguments.args, *arguments.kwonlyargs)):
                self._sinks.add((place.module, place.function.name, name))
                pairs = zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)
                for one, default in (*pairs, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)):
                    if one.arg == name:
                        self._follow(place, default)
                return
        for value in _assigned(place.function or self._trees[place.module], name):
            self._follow(place, value)
        if place.function is not None:
            for value in _assigned(self._trees[place.module], name):
                self._follow(Place(place.module), value)
        if (target := self._defined(place, ast.Name(name))) is not None:
            self._returns(*target)

    def _returns(self, place: Place, function: ast.FunctionDef, *, keys: bool = False) -> None:
        for node in _own(function):
            if isinstance(node, ast.Return):
                self._follow(Place(place.module, function), node.value, keys=keys)

    def _all(self, place: Place, nodes: "Iterator[ast.expr] | list[ast.expr | None] | tuple[ast.expr, ...]") -> None:
        for node in nodes:
            self._follow(place, node)

    def _words(self, place: Place, node: ast.AST, text: str) -> None:
        if text not in self.allowed and _WORD.search(_MARKUP.sub("", text)):
            self._note(place, node, text.replace("\0", "…"))

    def _note(self, place: Place, node: ast.AST, text: str) -> None:
        self.found.add((place.module, getattr(node, "lineno", 0), text))

    def _defined(self, place: Place, node: ast.expr) -> tuple[Place, ast.FunctionDef] | None:
        """The function of pages/ that a name stands for."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self._imports[place.module].get(node.value.id)
            return self._function(module, node.attr) if module in self._trees else None
        if isinstance(node, ast.Name):
            for inner in _own(place.function) if place.function else ():
                if isinstance(inner, ast.FunctionDef) and inner.name == node.id:
                    return place, inner
            whole = self._imports[place.module].get(node.id, f"{place.module}.{node.id}")
            module, _, name = whole.rpartition(".")
            return self._function(module, name)
        return None

    def _function(self, module: str | None, name: str) -> tuple[Place, ast.FunctionDef] | None:
        tree = self._trees.get(module or "")
        found = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name), None) if tree else None
        return None if found is None or name in _TRANSLATORS else (Place(module or ""), found)

    def _is_other_module(self, place: Place, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and self._imports[place.module].get(node.id, "streamlit") != "streamlit"


@cache
def _commands() -> dict[str, list[str]]:
    """Streamlit's commands with the names of their parameters."""
    found = {name: _parameters(getattr(st, name)) for name in dir(st) if callable(getattr(st, name)) and not name.startswith("_")}
    return found | {name: _parameters(getattr(st.column_config, name)) for name in dir(st.column_config) if name.endswith("Column")}


def _parameters(command: object) -> list[str]:
    try:
        return [name for name in inspect.signature(command).parameters if name != "self"]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def _imports(tree: ast.Module) -> dict[str, str]:
    """The names that a module imports, and what each stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            names |= {one.asname or one.name: one.name for one in node.names}
    return names


def _calls(node: ast.AST, inside: Function | None) -> Iterator[tuple[Function | None, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, child if isinstance(child, ast.FunctionDef) else inside)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module without those of the functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _own(child)


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """Every value that a name is given in a function or at the top of a module, by loops too."""
    for node in _own(scope):
        pairs: list[tuple[ast.expr, ast.expr | None]] = []
        match node:
            case ast.Assign(targets=targets, value=value):
                pairs = [(target, value) for target in targets]
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                pairs = [(target, value)]
            case ast.AugAssign(target=target, value=value):
                pairs = [(target, value)]
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                pairs = [(target, value)]
        for target, value in pairs:
            if value is None:
                continue
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "zip":
                value = ast.Tuple(value.args)
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                yield from (given for taken, given in zip(target.elts, value.elts, strict=True) if _names(taken, name))
            elif _names(target, name):
                yield value


def _names(target: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target))
