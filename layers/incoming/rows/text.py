"""The encoding of a file from its bytes, and what must not stand in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from geo.errors import Finding
from geo.text import Text
from layers.incoming.rows.table import RefusedError, error, info, warning

__all__ = ["clean", "decode", "decode_fields", "encoding_told", "key_of", "suspicious"]

NAME_LIMIT = 200
TEXT_LIMIT = 5_000
_BAD = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\uffff]"
)
_MARKUP = re.compile(r"<\s*[a-zA-Z/!]|\{\{|\{%|\{#|javascript:|&#|\$\{", re.IGNORECASE)
_NOT_DECODED = Text("无法判断文字编码：既不是 UTF-8 也不是 GB18030；请另存为 UTF-8 后重新导入",
                    "the text is neither UTF-8 nor GB18030; save it as UTF-8 and import it again")  # fmt: skip


def decode(raw: bytes) -> tuple[str, str]:
    """Return the text of ``raw`` and the encoding found: by its mark, else UTF-8 if it is, else GB18030.

    Raises
    ------
    RefusedError
        If it is neither.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return _strict(raw, name), name
    head = raw[:4000]
    if len(head) >= 4 and head.count(0) > len(head) // 4:
        return _strict(raw, name := "utf-16-le" if head[1] == 0 else "utf-16-be"), name
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strict(raw, "gb18030"), "gb18030"


def _strict(raw: bytes, name: str) -> str:
    try:
        text = raw.decode(name)
    except UnicodeDecodeError:
        raise RefusedError(error(*_NOT_DECODED)) from None
    if name == "gb18030" and _private(text):
        raise RefusedError(error(*_NOT_DECODED))
    return text


def _private(text: str) -> bool:
    """Return whether a text holds characters that no Chinese file has: wrong encoding."""
    return any("\ue000" <= c <= "\uf8ff" or c == "\ufffd" for c in text)


def encoding_told(encoding: str) -> list[Finding]:
    """Return the note that a file is in another encoding than UTF-8, if it is."""
    if encoding == "utf-8":
        return []
    name = encoding.upper()
    return [info(f"文件编码为 {name}，已正确读取", f"the file is encoded in {name} and was read as such")]


def decode_fields(values: Sequence[bytes], widths: Sequence[int]) -> tuple[list[str], str, list[int]]:
    """Return the texts of fixed-width fields, the one encoding of them all, and which were cut in a character.

    The encoding is decided on the whole table: a short GBK word can be valid UTF-8, a table cannot.

    Raises
    ------
    RefusedError
        If they are neither UTF-8 nor GB18030.
    """
    for name in ("utf-8", "gb18030"):
        texts: list[str] = []
        cut: list[int] = []
        for i, (value, width) in enumerate(zip(values, widths, strict=True)):
            try:
                texts.append(value.decode(name))
            except UnicodeDecodeError as problem:
                cut_short = "unexpected end" in problem.reason or "incomplete" in problem.reason
                if len(value) < width or len(value) - problem.start > 3 or not cut_short:
                    break
                texts.append(value[: problem.start].decode(name))
                cut.append(i)
        else:
            if name == "gb18030" and any(map(_private, texts)):
                break
            return texts, name, cut
    raise RefusedError(error(*_NOT_DECODED))


def key_of(header: str) -> str:
    """Return a header reduced to what two headers of one meaning share: width, case, space, unit brackets."""
    text = unicodedata.normalize("NFKC", header).casefold().strip()
    text = re.sub(r"[(\[（【].*?[)\]）】]", "", text)
    return re.sub(r"[\s_\-·:：*＊/\\.]+", "", text)


def clean(value: str, row: int, field: str, *, name: bool) -> tuple[str, list[Finding]]:
    """Return a text without invisible control characters, and what had to be said about it."""
    findings: list[Finding] = []
    text = value
    if re.search(r"[\ud800-\udfff]", text):
        text = re.sub(r"[\ud800-\udfff]", "", text)
        findings.append(
            error(
                "文字含有不完整的字符（孤立代理项），无法保存；请更正原文",
                "the text holds half a character (a lone surrogate) and cannot be kept; correct it",
                row,
                field,
            )
        )
    if _BAD.search(text):
        text = _BAD.sub("", text)
        findings.append(warning(
            "文字含有不可见的控制字符或方向控制符，已去除；请核对", "the text held invisible control characters; they were removed, check it", row, field))  # fmt: skip
    if "�" in value:
        findings.append(warning(
            "文字含有替换符“�”，原文已丢失；请用正确编码重新导出", "the text holds the replacement character, its original is lost; export it again", row, field))  # fmt: skip
    most = NAME_LIMIT if name else TEXT_LIMIT
    if len(text) > most:
        findings.append(error(
            f"文字过长（{len(text)} 字，最多 {most}）；请缩短", f"the text is too long ({len(text)} characters, at most {most}); shorten it", row, field))  # fmt: skip
    if _MARKUP.search(text):
        findings.append(info(
            "文字含有标记或模板符号，只按文字显示，不会执行", "the text holds markup; it is shown as text and never run", row, field))  # fmt: skip
    elif text[:1] in "=@＝" and len(text) > 1:
        findings.append(warning(
            "文字像公式，按文字保存，不会计算；请核对", "the text looks like a formula; it is kept as text, check it", row, field))  # fmt: skip
    return text, findings


def suspicious(text: str) -> bool:
    """Return whether a text is UTF-8 that someone has read as GBK and saved (“瀛︽牎” for “学校”)."""
    if len(text) < 3 or text.isascii():
        return False
    try:
        back = text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return False
    return any("\u4e00" <= c <= "\u9fff" for c in back)
