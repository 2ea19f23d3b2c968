"""The small slips a test should notice: one change at one place of a module's syntax tree.

The kinds are mutmut's (comparison, boolean, arithmetic, number, text, condition, jump, call, returned value), but taken
so that a sample of a room can be drawn with a seed. What no run can tell apart is left out: annotations, imports,
docstrings, the words of an error, decorators and the names of an enumeration.
"""

import ast
from collections.abc import Iterator
from typing import cast

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_WORD = 25
Place = tuple[int, int]


def places(source: str) -> list[Place]:
    """Where `source` can be changed: (number of the node in the walk, number of the variant there)."""
    tree = ast.parse(source)
    spared = set(map(id, _spared(tree)))
    return [
        (number, variant)
        for number, node in enumerate(ast.walk(tree))
        if id(node) not in spared
        for variant, _ in enumerate(_variants(node))
    ]


def mutated(source: str, place: Place) -> tuple[str, str]:
    """The source with the change at `place`, and the change in words ("12: a < b -> a <= b")."""
    number, variant = place
    tree = ast.parse(source)
    node = list(ast.walk(tree))[number]
    new = list(_variants(node))[variant]
    told = f"{getattr(node, 'lineno', 0)}: {_line(node)} -> {_line(new)}"
    return ast.unparse(ast.fix_missing_locations(_Put(node, new).visit(tree))), told


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else cast(ast.AST, super().visit(node))


def _line(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0][:90]


def _with(node: ast.AST, **changes: object) -> ast.AST:
    fields = {name: getattr(node, name, None) for name in (*node._fields, *node._attributes)}
    return type(node)(**(fields | changes))


def _variants(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for at, old in enumerate(node.ops):
                for new in _COMPARE[type(old)]:
                    yield _with(node, ops=[*node.ops[:at], new(), *node.ops[at + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            for at in range(len(node.values)):
                left = [*node.values[:at], *node.values[at + 1 :]]
                yield left[0] if len(left) == 1 else _with(node, values=left)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.Constant(value=bool(flag)):
            yield _with(node, value=not flag)
        case ast.Constant(value=int(number) | float(number)):
            yield _with(node, value=number + 1)
        case ast.Constant(value=str(word)) if len(word) < _WORD:
            yield _with(node, value=f"XX{word}")
        case ast.If() | ast.IfExp() | ast.While():
            yield _with(node, test=ast.Constant(False))
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield _with(node, value=ast.Constant(None))
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield _with(node, func=ast.Name(_CALLS[name], ast.Load()))


def _spared(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        roots: list[ast.AST | None] = []
        match node:
            case ast.arg():
                roots = [node.annotation]
            case ast.FunctionDef():
                roots = [node.returns, *node.decorator_list]
            case ast.AnnAssign():
                roots = [node.annotation]
            case ast.ClassDef():
                enumeration = any(getattr(base, "id", "") in {"StrEnum", "Protocol"} for base in node.bases)
                roots = [*node.decorator_list, *(node.body if enumeration else [])]
            case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.Assert():
                roots = [node]
            case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
                roots = [node]
            case ast.Expr(value=ast.Constant()):
                roots = [node]
            case ast.Call(
                func=ast.Name(id="cast" | "TypeVar" | "dataclass" | "field" | "lru_cache" | "_" | "gettext_noop")
            ):
                roots = [node]
        for root in roots:
            if root is not None:
                yield from ast.walk(root)
