"""A chat template is a small program from a stranger. It is read here, not run, and must do no more than chat templates do.

transformers runs it in jinja2's sandbox. This look comes before that: it refuses what no template needs (reading files, Python's internals,
the plainest ways to fill a machine), so that a hole in the sandbox is of no use. `try_template` finds what computes for ever all the same.
"""

import re

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Environment
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.lora.refusals import Refused

MAX_CHARACTERS = 100_000  # the longest in transformers' and TRL's collections has 20 thousand
_MAX_NODES = 15_000
_MAX_NUMBER = 100_000
_MAX_LOOPS = 6
# what transformers 5.23 offers (utils/chat_template_utils.py), and jinja2's own that do no harm; not lipsum, cycler, joiner, self
_GLOBALS = frozenset({"raise_exception", "strftime_now", "namespace", "dict", "range", "caller"})
_FILTERS = frozenset(
    "abs batch capitalize count d default dictsort e escape first float format groupby indent int items join last length list lower map "
    "max min reject rejectattr replace reverse round safe select selectattr slice sort string sum title tojson trim truncate unique upper "
    "wordcount".split()
)
_METHODS = frozenset(
    "append capitalize count endswith find format get index isalpha isdigit items join keys lower lstrip pop removeprefix removesuffix "
    "replace rfind rindex rsplit rstrip split splitlines startswith strip title update upper values fromkeys".split()
)
_PLAIN_FORMAT = re.compile(r"(?:[^{}]|\{\{|\}\}|\{\d{0,3}\}|\{[A-Za-z]\w*\})*")
_PLAIN_PERCENT = re.compile(r"(?:[^%]|%%|%[-+0 ]?\d{0,3}(?:\.\d{1,2})?[sdifgxX])*")
_BY_ATTRIBUTE = frozenset({"map", "selectattr", "rejectattr", "sort", "groupby", "unique", "sum", "min", "max"})
_NEVER: dict[type[nodes.Node], str] = {
    nodes.Include: "it reads another file",
    nodes.Import: "it reads another file",
    nodes.FromImport: "it reads another file",
    nodes.Extends: "it reads another file",
    nodes.Pow: "it computes powers",
    nodes.Mul: "it multiplies",  # a text times a number fills the memory; no template in TRL's collection of 70 multiplies
}


class _Generation(Extension):
    """{% generation %}: transformers' mark around what the assistant says; here it only has to be read."""

    tags = {"generation"}  # noqa: RUF012 - jinja2's own declaration is a plain set

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _reader() -> Environment:
    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])


def check_template(source: str) -> None:
    """Raise Refused where a chat template cannot be read or does what none needs."""
    if len(source) > MAX_CHARACTERS:
        raise _bad("it is too long")
    try:
        tree = _reader().parse(source)
    except TemplateSyntaxError as error:
        raise _bad("it cannot be read", f"line {error.lineno}: {error.message}") from None
    except (RecursionError, OverflowError, ValueError, MemoryError) as error:  # nested without end; an integer of thousands of digits
        raise _bad("it cannot be read", type(error).__name__) from None
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    _Look(macros).walk(tree)


def _bad(problem: str, details: str = "") -> Refused:
    return Refused("bad_template", problem=problem, details=details)


class _Look:
    """One walk over the tree, which remembers how deep in loops it is."""

    def __init__(self, macros: set[str]) -> None:
        self._macros = macros
        self._seen = 0

    def walk(self, root: nodes.Node) -> None:
        waiting: list[tuple[nodes.Node, int]] = [(root, 0)]
        while waiting:
            node, loops = waiting.pop()
            self._seen += 1
            if self._seen > _MAX_NODES:
                raise _bad("it is too long")
            if isinstance(node, nodes.For):
                loops += 1
                if loops > _MAX_LOOPS:
                    raise _bad("its loops are nested too deeply")
                if node.recursive:
                    raise _bad("it has a loop that calls itself")
            self._look(node)
            waiting.extend((child, loops) for child in node.iter_child_nodes())

    def _look(self, node: nodes.Node) -> None:
        for kind, problem in _NEVER.items():
            if isinstance(node, kind):
                raise _bad(problem)
        match node:
            case nodes.Const():
                self._const(node)
            case nodes.Name():
                if node.name.startswith("__") or node.name in ("self", "lipsum", "cycler", "joiner"):
                    raise _bad("it reaches into the program that reads it", node.name)
            case nodes.NSRef() if node.attr.startswith("_"):
                raise _bad("it reaches into the program that reads it", node.attr)
            case nodes.Getattr() if node.attr.startswith("_"):
                raise _bad("it reaches into the program that reads it", node.attr)
            case nodes.Getitem():
                self._subscript(node.arg)
            case nodes.Filter():
                self._filter(node)
            case nodes.FilterBlock():
                pass  # its filter is a child
            case nodes.Call():
                self._call(node)
            case nodes.Mod() if not _is_number(node.left):
                self._percent(node.left)

    def _const(self, node: nodes.Const) -> None:
        value = node.value
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > _MAX_NUMBER:
            raise _bad("it holds a number that is too large")

    def _subscript(self, arg: nodes.Expr) -> None:
        if isinstance(arg, nodes.Const):
            if isinstance(arg.value, str) and arg.value.startswith("_"):
                raise _bad("it reaches into the program that reads it", arg.value[:80])
            return
        # a name put together from pieces can spell what the check above looks for
        joined = (nodes.Concat, nodes.Add, nodes.Mod, nodes.Filter, nodes.Call)
        for part in (arg, *arg.find_all(joined)):
            if isinstance(part, joined) and any(isinstance(c.value, str) for c in part.find_all(nodes.Const)):
                raise _bad("it puts together the name of what it reads")

    def _filter(self, node: nodes.Filter) -> None:
        if node.name not in _FILTERS:
            raise _bad(f"it uses the filter “{node.name[:40]}”")
        if node.name in _BY_ATTRIBUTE:
            names = [keyword.value for keyword in node.kwargs if keyword.key == "attribute"]
            if node.name == "map" and node.args:
                self._mapped(node.args[0])
            if node.name in ("selectattr", "rejectattr", "groupby", "sum"):
                names += node.args[:1]
            for name in names:
                self._attribute(name)
        if node.name in ("select", "reject") and node.args and not isinstance(node.args[0], nodes.Const):
            raise _bad("it puts together the name of a test")
        if node.name == "format":
            self._percent(node.node)

    def _mapped(self, name: nodes.Expr) -> None:
        if not isinstance(name, nodes.Const) or name.value not in _FILTERS or name.value in ("format", "map"):
            raise _bad("it uses a filter that it puts together")

    def _attribute(self, name: nodes.Expr) -> None:
        if not isinstance(name, nodes.Const):
            raise _bad("it puts together the name of what it reads")
        if isinstance(name.value, str) and any(part.startswith("_") for part in name.value.split(".")):
            raise _bad("it reaches into the program that reads it", name.value[:80])

    def _call(self, node: nodes.Call) -> None:
        match node.node:
            case nodes.Name(name=name):
                if name not in _GLOBALS and name not in self._macros:
                    raise _bad(f"it calls “{name[:40]}”")
            case nodes.Getattr(attr=attr, node=receiver):
                if attr not in _METHODS and attr != "cycle":
                    raise _bad(f"it calls “{attr[:40]}”")
                if attr == "format":
                    self._format(receiver)
            case nodes.ExtensionAttribute():
                pass  # our own reader of {% generation %}
            case other:
                raise _bad("it calls what it puts together", type(other).__name__)
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise _bad("it calls with arguments that it puts together")

    def _format(self, receiver: nodes.Expr) -> None:
        if not isinstance(receiver, nodes.Const) or not isinstance(receiver.value, str) or not _PLAIN_FORMAT.fullmatch(receiver.value):
            raise _bad("it formats in a way that can reach into the program that reads it")

    def _percent(self, text: nodes.Node | None) -> None:
        """`x % y` with a text on the left formats it, and a width can be of any size."""
        if isinstance(text, nodes.Const) and isinstance(text.value, str) and not _PLAIN_PERCENT.fullmatch(text.value):
            raise _bad("it formats in a way that can fill the memory")


def _is_number(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, int | float)
