"""All that is uncertain behind an answer, as one table that is shown, changed and saved with a result."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.case import Case
from geo.errors import InputError
from geo.schema import BASES
from geo.text import Text
from geo.uncertainty.rows import rows
from geo.uncertainty.settings import ranges
from geo.uncertainty.uncertain import Uncertain, checked

__all__ = ["Uncertainties"]


@dataclass(frozen=True)
class Uncertainties:
    """All that is uncertain behind the answers to a question, as one value that is shown, changed and saved with a result.

    Examples
    --------
    >>> from geo.examples import town
    >>> table = Uncertainties.of(town())
    >>> [row.key for row in table.rows]
    ['people:total', 'people:zones', 'people:cells', 'share:primary', 'enrolment:primary', 'position:schools', 'streets:length', 'seats:stated']
    >>> table.at("people:total").high, table.known("people:total").at("people:total").law
    (1.4, 'fixed')
    """

    rows: tuple[Uncertain, ...]

    @staticmethod
    def of(case: Case) -> Uncertainties:
        """Return what is uncertain behind the answers to a question, from the bases and accuracies of its workspace.

        Residents of a year that has none of its own (held, interpolated) are ``estimated`` at best; where workspace.toml
        says from what they were inferred, the name tells.

        Raises
        ------
        InputError
            If ``[uncertainty]`` of workspace.toml names an unknown key, or a range that cannot be.
        """
        return Uncertainties(tuple(rows(case))).laid_over(
            ranges(case.workspace.parameters.get("uncertainty")), "workspace"
        )

    def __iter__(self) -> Iterator[Uncertain]:
        """Yield the rows."""
        return iter(self.rows)

    def at(self, key: str) -> Uncertain:
        """Return a row by its key; of ``position:schools/S01`` that of ``position:schools``.

        Raises
        ------
        InputError
            If there is no such row.
        """
        stem = key.partition("/")[0]
        for row in self.rows:
            if row.key == stem:
                return row
        raise InputError(
            Text(
                f"没有不确定项“{key}”，可选：{'、'.join(r.key for r in self.rows)}",
                f"nothing uncertain is called '{key}', choose one of {', '.join(r.key for r in self.rows)}",
            )
        )

    def has(self, key: str) -> bool:
        """Return whether there is such a row.

        Examples
        --------
        >>> from geo.examples import town
        >>> Uncertainties.of(town()).has("speed")
        False
        """
        return any(row.key == key.partition("/")[0] for row in self.rows)

    def changed(
        self,
        key: str,
        *,
        low: float | None = None,
        high: float | None = None,
        law: str | None = None,
        used: bool | None = None,
        basis: str | None = None,
        source: str | None = None,
        range_from: str = "planner",
    ) -> Uncertainties:
        """Return the table with one row changed; the row then says who chose its range.

        Raises
        ------
        InputError
            If there is no such row, no such law, or the range cannot be.

        Examples
        --------
        >>> from geo.examples import town
        >>> mine = Uncertainties.of(town()).changed("people:total", low=0.9, high=1.1)
        >>> mine.at("people:total").high, mine.at("people:total").range_from
        (1.1, 'planner')
        """
        row = self.at(key)
        new = dataclasses.replace(
            row,
            low=row.low if low is None else low,
            high=row.high if high is None else high,
            law=row.law if law is None else law,  # type: ignore[arg-type]
            used=row.used if used is None else used,
            basis=row.basis if basis is None else basis,
            source=row.source if source is None else source,
            range_from=range_from,
        )
        checked(new)
        return Uncertainties(tuple(new if r.key == row.key else r for r in self.rows))

    @property
    def told(self) -> list[str]:
        """Keys of the rows whose range a workspace or the planner wrote down.

        Examples
        --------
        >>> from geo.examples import town
        >>> Uncertainties.of(town()).changed("people:total", high=1.2).told
        ['people:total']
        """
        return [row.key for row in self.rows if row.range_from in ("planner", "workspace")]

    @property
    def signature(self) -> str:
        """What tells this table from any other, for the signature of a result: the same ranges, the same twelve letters.

        Examples
        --------
        >>> from geo.examples import town
        >>> table = Uncertainties.of(town())
        >>> len(table.signature), table.signature == table.known("people:total").signature
        (12, False)
        """
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()[:12]

    def known(self, key: str) -> Uncertainties:
        """Return the table with one row taken as known."""
        return self.changed(key, law="fixed", range_from=self.at(key).range_from)

    def laid_over(
        self, ranges: Mapping[str, Mapping[str, Any]], range_from: str, *, file: str = "workspace.toml"
    ) -> Uncertainties:
        """Return the table with ranges that were written down laid over it (``geo.uncertainty.settings``).

        Rows that this question does not have are passed over: a workspace says its ranges once, for all questions.

        Raises
        ------
        InputError
            If a range cannot be for its input; every fault found, with ``file`` and key.

        Examples
        --------
        >>> from geo.examples import town
        >>> table = Uncertainties.of(town()).laid_over({"people:total": {"low": 0.95, "high": 1.05}}, "workspace")
        >>> table.at("people:total").low
        0.95
        """
        out, faults = self, []
        for key, told in ranges.items():
            if not out.has(key):
                continue
            try:
                out = out.changed(key, range_from=range_from, **told)
            except InputError as error:  # a range that cannot be for this input: which one, in which file
                faults += [dataclasses.replace(f, file=file, field=f"uncertainty.{key}") for f in error.findings]
        if faults:
            raise InputError(faults)
        return out

    def table(self) -> pd.DataFrame:
        """Return one row for each input, for the screen and for saving with a result.

        Examples
        --------
        >>> from geo.examples import town
        >>> Uncertainties.of(town()).table()[["key", "low", "high"]].head(1).to_dict("records")
        [{'key': 'people:total', 'low': 0.7142857142857143, 'high': 1.4}]
        """
        return pd.DataFrame([dataclasses.asdict(row) for row in self.rows])

    @staticmethod
    def read(table: pd.DataFrame) -> Uncertainties:
        """Return the inputs of a table written by ``table``; a wrong row is refused by its number.

        Raises
        ------
        InputError
            If a column is missing, or a row has an unknown law or basis, or a range that cannot be.

        Examples
        --------
        >>> from geo.examples import town
        >>> table = Uncertainties.of(town())
        >>> Uncertainties.read(table.table()) == table
        True
        """
        wanted = [f.name for f in dataclasses.fields(Uncertain)]
        missing = [c for c in wanted if c not in table]
        if missing:
            raise InputError(
                Text(f"不确定性表缺少列：{'、'.join(missing)}", f"the table of uncertainties lacks columns {missing}")
            )
        read = []
        for number, record in enumerate(table[wanted].to_dict("records"), start=1):
            told = {str(k): v for k, v in record.items()}
            for column in ("low", "high"):
                told[column] = _number(told[column], number, column)
            told["source"] = "" if pd.isna(told["source"]) else str(told["source"])
            told["used"] = str(told["used"]).strip().lower() in ("true", "1", "1.0", "是")
            row = Uncertain(**told)
            if row.basis not in BASES:
                raise InputError(
                    Text(
                        f"不确定性表第 {number} 行的依据“{row.basis}”须为：{'、'.join(BASES)}",
                        f"row {number} of the table of uncertainties: basis must be one of {BASES}",
                    )
                )
            checked(row, number)
            read.append(row)
        return Uncertainties(tuple(read))


def _number(value: Any, row: int, column: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(
            Text(
                f"不确定性表第 {row} 行的 {column}“{value}”不是数",
                f"row {row} of the table of uncertainties: {column} '{value}' is no number",
            )
        ) from None
