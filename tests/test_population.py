"""People per cell: rasters by windows, points, exact zonal sums, and refusals."""

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.errors import CrsError, InputError
from layers.workspace import population
from tests.need import need

PEOPLE = np.arange(12, dtype="float32").reshape(3, 4)  # 0 … 11, row by row from the north


def write_tif(path, data=PEOPLE, *, crs="EPSG:4548", origin=(500_000, 4_320_300), size=100, **kwargs):
    data = np.atleast_3d(data) if np.ndim(data) == 3 else np.asarray(data)[None]
    years = kwargs.pop("years", [2020] if len(data) == 1 else None)
    with rasterio.open(
        path, "w", driver="GTiff", width=data.shape[2], height=data.shape[1], count=len(data), dtype=data.dtype,
        crs=crs, transform=from_origin(*origin, size, size), **kwargs,
    ) as target:  # fmt: skip
        target.write(data)
        for band, year in enumerate(years or [], start=1):
            target.set_band_description(band, str(year))
    return path


def test_cells_of_a_metric_raster(tmp_path):
    write_tif(tmp_path / "population.tif")
    found = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    assert found.cell_metres == pytest.approx(100)
    assert found.cells.index.tolist() == list(range(1, 12))  # cell 0 has nobody
    assert found.cells.people_2020.sum() == 66
    assert (found.cells.geometry.x[5], found.cells.geometry.y[5]) == pytest.approx((500_150, 4_320_150))
    assert found.cells.crs.to_epsg() == 4548


def test_degrees_two_years_and_nodata(tmp_path):
    data = np.stack([PEOPLE, PEOPLE * 2])
    data[:, 0, :] = -99999
    write_tif(tmp_path / "population.tif", data, crs="EPSG:4326", origin=(117, 39.1), size=0.001, nodata=-99999,
              years=["2020", "people 2025"])  # fmt: skip
    found = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020, 2025])
    assert found.cells[["people_2020", "people_2025"]].sum().tolist() == [60, 120]
    assert found.cell_metres == pytest.approx(np.sqrt(111_000 * 0.001 * 86_400 * 0.001), rel=0.01)


def test_windows_do_not_change_the_answer(tmp_path, monkeypatch):
    data = np.random.default_rng(1).uniform(0, 5, (50, 31)).astype("float32")
    write_tif(tmp_path / "population.tif", data)
    whole = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    monkeypatch.setattr(population, "STRIP_CELLS", 40)
    strips = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    pd.testing.assert_frame_equal(whole.cells, strips.cells)


def test_clip_copies_whole_cells(tmp_path):
    path = write_tif(tmp_path / "a.tif", np.ones((60, 60), "float32"), crs="EPSG:4326", origin=(117, 39.1), size=0.001)
    bounds = (117.0101, 39.06, 117.0299, 39.08)
    population.clip_raster(path, tmp_path / "b.tif", bounds=bounds, years=[2020])
    clipped = population.read_people(tmp_path / "b.tif", crs="EPSG:4548", years=[2020])
    window = population.read_people(path, crs="EPSG:4548", years=[2020], bounds=bounds)
    assert len(clipped.cells) == len(window.cells) == 20 * 20
    with pytest.raises(InputError, match="cover"):
        population.clip_raster(path, tmp_path / "c.tif", bounds=(0, 0, 1, 1), years=[2020])


def test_points_as_parquet_and_csv(tmp_path):
    table = pd.DataFrame({"id": list("abc"), "lon": [117.0, 117.001, 117.002], "lat": 39.0, "population": [5, 0, 7]})
    table.to_csv(tmp_path / "population.csv", index=False)
    found = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    assert found.cells.people_2020.tolist() == [5, 7] and found.cells.index.tolist() == [0, 2]
    assert found.cell_metres == pytest.approx(86.6, abs=0.2)
    population.write_points(found, tmp_path / "population.parquet")
    again = population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    assert again.cells.index.tolist() == [0, 2]
    assert again.cells.geometry.distance(found.cells.geometry).max() < 1e-6


def test_chinese_headers_and_excel_encoding(tmp_path):
    (tmp_path / "population.csv").write_bytes("经度,纬度,常住人口\n117.4,39.0,5\n".encode("gbk"))
    assert population.read_cells(tmp_path, crs="EPSG:4548", years=[2020]).cells.people_2020.tolist() == [5]


def test_years_that_a_file_speaks_of(tmp_path):
    write_tif(tmp_path / "a.tif", np.stack([PEOPLE, PEOPLE]), years=["2025", "people 2020"])
    assert population.years_of(tmp_path / "a.tif") == (2020, 2025)
    write_tif(tmp_path / "chn_ppp_2020_UNadj.tif", years=[""])
    assert population.years_of(tmp_path / "chn_ppp_2020_UNadj.tif") == (2020,)
    (tmp_path / "p.csv").write_text("lon,lat,people_2030,people_2035\n")
    assert population.years_of(tmp_path / "p.csv") == (2030, 2035)
    (tmp_path / "q.csv").write_text("lon,lat,population\n")
    assert population.years_of(tmp_path / "q.csv") == ()


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"lon": [117], "population": [1]}, "lat"),
        ({"lon": [117], "lat": [39]}, "people"),
        ({"lon": [117], "lat": [39], "population": ["many"]}, "population"),
        ({"lon": [117], "lat": [39], "population": [-5]}, "population"),
        ({"lon": [534_611], "lat": [4_325_000], "population": [1]}, "lon"),
    ],
)
def test_bad_points_name_the_column(tmp_path, columns, field):
    pd.DataFrame(columns).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(InputError) as caught:
        population.read_people(tmp_path / "p.csv", crs="EPSG:4548", years=[2020])
    finding = caught.value.findings[0]
    assert finding.file == "p.csv" and (finding.field in (field, "population_2020"))


def test_bad_rasters(tmp_path):
    fake = tmp_path / "population.tif"
    fake.write_text("<VRTDataset><SRS>EPSG:4326</SRS></VRTDataset>")
    with pytest.raises(InputError, match="not a GeoTIFF"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    fake.write_bytes(b"II*\x00" + b"\x07" * 300)
    with pytest.raises(InputError, match="damaged"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    fake.unlink()
    write_tif(fake, np.random.default_rng(0).uniform(0, 1, (300, 300)).astype("float32"), compress="deflate")
    fake.write_bytes(fake.read_bytes()[:150_000] + b"\x00" * 400_000)
    with pytest.raises(InputError, match="damaged"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    fake.unlink()
    write_tif(fake, -PEOPLE)
    with pytest.raises(InputError, match="negative"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    write_tif(fake)
    with pytest.raises(InputError, match="no band for"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2030])
    with pytest.raises(CrsError):
        population.read_cells(tmp_path, crs="EPSG:4326", years=[2020])


def test_raster_without_crs(tmp_path):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        rasterio.open(
            tmp_path / "population.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8"
        ).close()
    with pytest.raises(CrsError):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])


def test_nothing_there_and_wrong_kind(tmp_path):
    with pytest.raises(InputError, match="no population"):
        population.read_cells(tmp_path, crs="EPSG:4548", years=[2020])
    for name in ("p.tif", "p.csv"):
        with pytest.raises(InputError, match="no such file"):
            population.read_people(tmp_path / name, crs="EPSG:4548", years=[2020])
    (tmp_path / "p.xlsx").write_text("")
    with pytest.raises(InputError, match="parquet"):
        population.read_people(tmp_path / "p.xlsx", crs="EPSG:4548", years=[2020])
    (tmp_path / "p.parquet").write_text("no")
    with pytest.raises(InputError, match="GeoParquet"):
        population.read_people(tmp_path / "p.parquet", crs="EPSG:4548", years=[2020])


@pytest.mark.real
def test_hexagons_of_porto_alegre():
    found = population.read_people(need("real:porto_alegre") + "/poa_hexgrid.csv", crs="EPSG:32722", years=[2010])
    table = pd.read_csv(need("real:porto_alegre") + "/poa_hexgrid.csv")
    assert found.cells.people_2010.sum() == table.population.sum()
    assert len(found.cells) == (table.population > 0).sum()
