"""Networks kept on disk are opened by memory map: the same arrays, no copy of one's own, nothing compiled anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from geo import examples
from geo.network import kernels
from layers.workspace import mapped, netcache
from tests.test_reach import random_links, some_points

ARRAYS = {
    "whole": np.arange(100_000),
    "flags": np.array([True, False, True]),
    "by_column": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "one": np.array("文字"),
    "none": np.empty((0, 2)),
    "名": np.arange(5, dtype=np.int32),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with (tmp_path / "arrays.npz").open("wb") as handle:
        mapped.write(handle, ARRAYS)
    return tmp_path / "arrays.npz"


def opened(file: Path) -> dict[str, np.ndarray]:
    with file.open("rb") as handle:
        return mapped.read(handle)


def test_arrays_are_those_that_were_written_for_numpy_too(file):
    got = opened(file)
    with np.load(file, allow_pickle=False) as plain:
        assert sorted(plain.files) == sorted(got) == sorted(ARRAYS)
        for name, want in ARRAYS.items():
            for found in (got[name], plain[name]):
                assert (found.dtype, found.shape, found.tolist()) == (want.dtype, want.shape, want.tolist())
            assert got[name].flags.f_contiguous == want.flags.f_contiguous
            assert got[name].flags.aligned
            assert got[name].ctypes.data % mapped.ALIGNED == 0 or not want.size


def test_who_writes_into_an_array_has_it_alone(file):
    before = file.read_bytes()
    one, other = opened(file), opened(file)
    one["whole"][:] = 7
    assert other["whole"].tolist() == ARRAYS["whole"].tolist()
    assert file.read_bytes() == before


def test_opening_copies_nothing(file):
    def own() -> tuple[int, int]:
        maps = [m for m in psutil.Process().memory_maps(grouped=False) if m.path == str(file)]
        return sum(m.rss for m in maps), sum(m.anonymous for m in maps)

    got = opened(file)
    assert got["whole"].sum() > 0
    there, copied = own()
    assert there >= ARRAYS["whole"].nbytes
    assert copied == 0
    got["whole"][:] = 7  # who writes pays
    assert own()[1] >= ARRAYS["whole"].nbytes


def test_a_file_as_numpy_writes_it_is_read_too(tmp_path):
    file = tmp_path / "numpy.npz"
    np.savez(file, **ARRAYS)
    got = opened(file)
    assert {name: values.tolist() for name, values in got.items()} == {k: v.tolist() for k, v in ARRAYS.items()}
    assert all(values.flags.aligned for values in got.values())


def test_compiled_code_is_not_made_again_for_a_mapped_network(tmp_path):
    links, points = random_links(3, 90), some_points(3)
    built = netcache.load_or_build(links, where=tmp_path)

    def asked(network):
        return network.distances(points, points), network.nearest(points, points), network.node_distances(points)

    want = asked(built)
    compiled = [f for f in vars(kernels).values() if hasattr(f, "signatures")]
    made = [len(f.signatures) for f in compiled]
    loaded = netcache.load_or_build(links, where=tmp_path)
    got = asked(loaded)
    assert sum(made) > 0
    assert [len(f.signatures) for f in compiled] == made
    assert all(np.array_equal(a, b) for a, b in zip(got, want, strict=True))
    assert loaded.arrays.length.base is not None
    assert examples.network().arrays.length.flags.writeable == loaded.arrays.length.flags.writeable
