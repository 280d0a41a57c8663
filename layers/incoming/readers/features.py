"""What the readers of features share: strict JSON, and properties made into columns."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from geo.errors import Finding
from layers.incoming.rows.shapes import FEATURE_LIMIT
from layers.incoming.rows.table import Question, RefusedError, error, info, warning

__all__ = ["columns_of", "few_enough", "hint_of", "layer_question", "strict", "too_many"]

DEPTH_LIMIT = 40
LISTED = 40  # layers in a question: a screenful
BLOCK = 1 << 20  # bytes looked at together

# A string, to its end or that of the text, or what a backslash outside takes with it. Possessive: nothing is kept
# to go back to, however long the string is.
_QUOTED = re.compile(r'\\.|"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEP = np.zeros(256, np.int32)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1


def strict(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    RefusedError
        If it is not JSON, repeats a key, holds NaN or infinity, or nests deeper than ``DEPTH_LIMIT``.
    """
    _check_depth(text)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [k for k, _ in items]
            twice = next(k for k in names if names.count(k) > 1)
            raise RefusedError(error(f"JSON 中键“{twice[:60]}”重复，无法判断以哪个为准；请删除重复项",
                                     f"the JSON repeats the key '{twice[:60]}'; delete one"))  # fmt: skip
        return found

    def constant(name: str) -> Any:
        raise RefusedError(
            error(
                f"JSON 中含有 {name}（不是合法数字）；未知值请写 null",
                f"the JSON holds {name}, which is no number; write null for unknown",
            )
        )

    def real(digits: str) -> float:
        value = float(digits)
        return value if abs(value) < 1e300 else constant(digits[:20])

    def whole(digits: str) -> int:
        return int(digits) if len(digits) <= 25 else constant(digits[:20] + "…")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real, parse_int=whole)
    except json.JSONDecodeError as problem:
        raise RefusedError(
            error(f"JSON 语法错误（第 {problem.lineno} 行第 {problem.colno} 列，文件可能不完整）；请重新导出",
                  f"the JSON is malformed at line {problem.lineno}, column {problem.colno} (perhaps cut short); export it again")) from None  # fmt: skip
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> RefusedError:
    return RefusedError(
        error(
            f"JSON 嵌套过深（最多 {DEPTH_LIMIT} 层）；这不是正常的地图文件",
            f"the JSON nests too deep (at most {DEPTH_LIMIT}); this is no normal map file",
        )
    )


def _check_depth(text: str) -> None:
    """Refuse a text whose brackets nest too deep, before the decoder follows them."""
    bare = _QUOTED.sub("", text).encode("utf-8", "surrogatepass")
    depth = 0
    for at in range(0, len(bare), BLOCK):
        levels = depth + np.cumsum(_STEP[np.frombuffer(bare, np.uint8, min(BLOCK, len(bare) - at), at)])
        if levels.max() > DEPTH_LIMIT:
            raise _too_deep()
        depth = int(levels[-1])


def few_enough(features: list[Any]) -> None:
    """Refuse a file of no features or too many."""
    if not features:
        raise RefusedError(
            error(
                "文件中没有要素；请确认导出时选中了数据",
                "the file holds no features; check what was selected for export",
            )
        )
    if len(features) > FEATURE_LIMIT:
        raise too_many()


def too_many() -> RefusedError:
    """Return the refusal of a file of too many features."""
    return RefusedError(
        error(
            f"要素过多（最多 {FEATURE_LIMIT:,}）；请分幅导入",
            f"too many features (at most {FEATURE_LIMIT:,}); split the file",
        )
    )


def layer_question(name: str, layers: list[str], wanted: str) -> Question:
    """Return the question which layer of a file to take: a screenful of them, the one called like ours first."""
    order = sorted(layers, key=lambda n: (n.casefold() != wanted, wanted not in n.casefold(), n))
    left = len(order) - LISTED
    more = (f"（只列出 {LISTED} 个，其余 {left} 个可直接填名称）", f" (the first {LISTED}; {left} more can be named)") if left > 0 else ("", "")  # fmt: skip
    return Question(
        "layer",
        f"{name} 有 {len(order)} 个图层，导入哪一个？{more[0]}",
        f"The {name} holds {len(order)} layers; which one to import?{more[1]}",
        tuple((n, n, n) for n in order[:LISTED]),
        order[0],
    )


def hint_of(content: dict[str, Any], columns: list[str]) -> str:
    """Return the words of a file that may tell which web map it came from."""
    own = " ".join(
        str(content.get(k, ""))[:200]
        for k in ("name", "source", "generator", "crs_note", "coordinateSystem", "coord_type", "coordtype")
    )
    return f"{own} {' '.join(columns)}"[:2000]


def columns_of(properties: list[dict[str, Any]], notes: list[Finding]) -> tuple[list[str], list[list[Any]]]:
    """Return the union of all keys and the rows under it; nested values are kept as their JSON text."""
    columns = list(dict.fromkeys(k for own in properties for k in own))
    if len(columns) > 500:
        raise RefusedError(
            error(
                f"属性列过多（{len(columns)}，最多 500）；请只导出需要的列",
                f"too many columns ({len(columns)}, at most 500); export those needed",
            )
        )
    nested = {k for own in properties for k, v in own.items() if isinstance(v, dict | list)}
    if nested:
        notes.append(
            warning(
                f"列 {'、'.join(sorted(nested)[:5])} 含有嵌套结构，按文字保存",
                f"columns {', '.join(sorted(nested)[:5])} hold nested values; kept as text",
            )
        )
    lacking = sum(1 for own in properties if len(own) != len(columns))
    if lacking:
        notes.append(
            info(
                f"{lacking} 个要素缺少部分属性，按未知处理",
                f"{lacking} features lack some properties; taken as unknown",
            )
        )
    return columns, [
        [json.dumps(v, ensure_ascii=False) if isinstance(v := own.get(k), dict | list) else v for k in columns]
        for own in properties
    ]
