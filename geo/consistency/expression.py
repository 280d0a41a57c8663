"""A linear constraint as a planner writes it: ``schools_2025 >= schools_2020 + new_schools``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

from geo.errors import InputError
from geo.text import Text

__all__ = ["Linear", "Relation", "parse"]

Relation = Literal["<=", ">=", "="]
LONGEST, DEEPEST = 1000, 20
"""Characters of an expression, and brackets within brackets: a sentence of a plan needs far fewer."""
TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?%?)|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|==|[-+*/()=<>]))")
WIDE = str.maketrans({"＋": "+", "－": "-", "−": "-", "×": "*", "÷": "/", "（": "(", "）": ")", "＝": "=", "％": "%"})
TURNED: Mapping[str, Relation] = {"<=": ">=", ">=": "<=", "=": "="}


@dataclass(frozen=True)
class Linear:
    """Sum of ``terms`` (quantity, factor), a relation, and a number; all numbers exact.

    Examples
    --------
    >>> print(parse("schools_2025 >= schools_2020 + 9"))
    schools_2025 - schools_2020 >= 9
    """

    terms: tuple[tuple[str, Fraction], ...]
    relation: Relation
    bound: Fraction

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities, in the order in which they are named.

        Examples
        --------
        >>> parse("a + b = 2").names
        ('a', 'b')
        """
        return tuple(name for name, _ in self.terms)

    def __str__(self) -> str:
        """Return the constraint as it could be written in a table."""
        said = ""
        for name, factor in self.terms:
            size = "" if abs(factor) == 1 else f"{plain(abs(factor))} * "
            said += (" - " if factor < 0 else " + ") + size + name
        return f"{said[3:] if said[1] == '+' else said[1:]} {self.relation} {plain(self.bound)}"


def plain(number: Fraction) -> str:
    """Return a number as a decimal where it is one, else as a fraction.

    Examples
    --------
    >>> plain(Fraction("51.50")), plain(Fraction(1, 3))
    ('51.5', '1/3')
    """
    rest, digits = number.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest, digits = rest // prime, digits + 1
    if rest != 1:
        return str(number)
    whole = abs(number) * 10**digits
    text = str(whole.numerator).rjust(digits + 1, "0")
    text = f"{text[:-digits]}.{text[-digits:]}".rstrip("0").rstrip(".") if digits else text
    return f"-{text}" if number < 0 else text


def parse(text: str) -> Linear:
    """Return the constraint that a text says.

    Grammar: ``sum relation sum``; a relation is ``<=``, ``>=`` or ``=``; a sum adds and subtracts terms; a term multiplies
    names, numbers (``45``, ``0.5``, ``47%``) and sums in brackets, of which at most one may hold a name, and divides by
    numbers. A name begins with a letter (of any script) and goes on with letters, digits and ``_``. Nothing is evaluated.

    Parameters
    ----------
    text
        One constraint, such as ``seats_primary_2025 = 45 * classes_primary_2025``.

    Returns
    -------
    linear
        All quantities on the left, the number on the right.

    Raises
    ------
    InputError
        If the text is no such constraint; says what stands in the way.

    Examples
    --------
    >>> print(parse("2 * (a - b) / 4 <= 50% * c + 1"))
    0.5 * a - 0.5 * b - 0.5 * c <= 1
    >>> parse("a * b <= 1")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...two quantities are multiplied...
    """
    return _Parser(text).constraint()


Sum = dict[str, Fraction]
"""A linear form: factor of each name; the number under the name ""."""


class _Parser:
    """Recursive descent over the tokens of one constraint."""

    def __init__(self, text: str) -> None:
        said = text.translate(WIDE).replace("≤", "<=").replace("≥", ">=")
        if len(said) > LONGEST:
            raise _refused(f"超过 {LONGEST} 个字符", f"is longer than {LONGEST} characters")
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while said[at:].strip():
            found = TOKEN.match(said, at)
            if found is None:
                rest = said[at:].strip()[:12]
                raise _refused(f"看不懂“{rest}”", f"'{rest}' is not understood")
            kind = cast(str, found.lastgroup)
            self.tokens.append((kind, found.group(kind)))
            at = found.end()
        self.at = self.depth = 0

    def constraint(self) -> Linear:
        left = self.sum()
        relation = self.take()
        if relation in ("<", ">"):
            raise _refused(f"不用“{relation}”，请写“{relation}=”", f"'{relation}' is not used; write '{relation}='")
        relation = "=" if relation == "==" else relation
        if relation not in TURNED:
            raise _refused("缺少关系符 <=、>= 或 =", "lacks a relation: <=, >= or =")
        right = self.sum()
        if self.at < len(self.tokens):
            extra = self.tokens[self.at][1]
            raise _refused(f"“{extra}”之后多余：一行只写一个关系", f"'{extra}' is too much: one relation a row")
        both = {name: left.get(name, Fraction(0)) - right.get(name, Fraction(0)) for name in {**left, **right}}
        terms = tuple((name, factor) for name, factor in both.items() if name and factor)
        if not terms:
            raise _refused("没有任何量（或全部抵消）", "names no quantity, or all of them cancel out")
        return Linear(terms, cast(Relation, relation), -both.get("", Fraction(0)))

    def sum(self) -> Sum:
        total: Sum = {}
        sign = self.take() if self.next() in ("+", "-") else "+"
        while True:
            for name, factor in self.term().items():
                total[name] = total.get(name, Fraction(0)) + (factor if sign == "+" else -factor)
            if self.next() not in ("+", "-"):
                return total
            sign = self.take()

    def term(self) -> Sum:
        product = self.factor()
        while self.next() in ("*", "/"):
            by, other = self.take(), self.factor()
            if by == "/":
                if set(other) - {""} or not other.get(""):
                    raise _refused("只能除以不为 0 的数", "only a number other than 0 may divide")
                product = {name: factor / other[""] for name, factor in product.items()}
            elif set(product) - {""} and set(other) - {""}:
                raise _refused("两个量相乘，不是线性关系", "two quantities are multiplied: that is not linear")
            else:
                form, number = (product, other) if set(product) - {""} else (other, product)
                product = {name: factor * number.get("", Fraction(0)) for name, factor in form.items()}
        return product

    def factor(self) -> Sum:
        kind, said = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "number":
            self.at += 1
            return {"": Fraction(said[:-1]) / 100 if said.endswith("%") else Fraction(said)}
        if kind == "name":
            self.at += 1
            return {said: Fraction(1)}
        if said == "(":
            self.at += 1
            self.depth += 1
            if self.depth > DEEPEST:
                raise _refused(f"括号超过 {DEEPEST} 层", f"nests brackets more than {DEEPEST} deep")
            inner = self.sum()
            self.depth -= 1
            if self.take() != ")":
                raise _refused("缺少右括号", "lacks a closing bracket")
            return inner
        raise _refused(
            f"“{said}”处应为量名或数" if said else "不完整：缺少量名或数",
            f"a quantity or a number should stand at '{said}'" if said else "breaks off: a quantity or a number lacks",
        )

    def next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        said = self.next()
        self.at += 1
        return said


def _refused(zh: str, en: str) -> InputError:
    return InputError(
        Text(
            f"{zh}；写法如 schools_2025 >= schools_2020 + new_schools",
            f"{en}; write it like schools_2025 >= schools_2020 + new_schools",
        )
    )
