"""Plain arrays in a file that processes share: a .npz, as ``numpy.load`` reads it, whose arrays lie where memory can be mapped.

The map is one that is copied where it is written to. So the arrays are as writable as any, and compiled code, which is made
for one layout, is not made a second time for arrays that may only be read; the file never changes; and as long as nobody
writes, all processes that opened it hold one copy of it between them.
"""

from __future__ import annotations

import io
import math
import mmap
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read", "write"]

ALIGNED = 64
"""Arrays start at multiples of this [bytes]; numpy fills the header before them up to the same."""
FILLING = 0xD935
"""Kind of the extra field that fills up to there, as Android's zipalign writes it."""
ZIP64 = 20
"""Extra field that ``zipfile`` adds for large files [bytes]."""
LOCAL = 30
"""Fixed part of the header before each file of an archive [bytes]."""
HEADER = 1 << 16
"""Room that the header of an array may take [bytes]."""


def write(file: IO[bytes], content: Mapping[str, Any]) -> None:
    """Write arrays by name."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, values in content.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            filled = -(file.tell() + LOCAL + len(info.filename.encode()) + 4 + ZIP64) % ALIGNED
            info.extra = struct.pack("<HH", FILLING, filled) + bytes(filled)
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)


def read(handle: IO[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by name, each with its checksum held; the file itself may be closed.

    Raises
    ------
    ValueError, zipfile.BadZipFile
        If the file is damaged.
    """
    data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_COPY)
    with zipfile.ZipFile(handle) as archive:
        return {info.filename.removesuffix(".npy"): _array(data, info) for info in archive.infolist()}


def _array(data: mmap.mmap, info: zipfile.ZipInfo) -> NDArray[Any]:
    name, extra = struct.unpack_from("<HH", data, info.header_offset + LOCAL - 4)
    start = info.header_offset + LOCAL + name + extra
    stop = start + info.file_size
    with memoryview(data) as view:
        if info.compress_type != zipfile.ZIP_STORED or stop > len(data) or zlib.crc32(view[start:stop]) != info.CRC:
            raise zipfile.BadZipFile(info.filename)
    head = io.BytesIO(data[start : min(stop, start + HEADER)])
    if np.lib.format.read_magic(head) != (1, 0):
        raise ValueError(info.filename)
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(head)
    first, count = start + head.tell(), math.prod(shape)
    if dtype.hasobject or first + count * dtype.itemsize != stop:
        raise ValueError(info.filename)
    flat = np.frombuffer(data, dtype, count, first)
    if first % ALIGNED:  # written by another hand
        flat = flat.copy()
    return flat.reshape(shape, order="F" if by_column else "C")
