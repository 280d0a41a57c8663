"""The walking network: streets as a graph on which distances are exact.

A :class:`Network` is made once from a frame of links and never changes. Points are brought to the nearest place
**on a street** (not to the nearest junction), and walking metres count the way from the point to the street, the
way along the network, and the way from the street to the other point, so that walking is never shorter than the
straight line. Distances are metres; ``inf`` means unreachable; "within" means less than or equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo.card import card, short
from geo.network import isochrone, reach, routes, snap
from geo.network.graph import Graph
from geo.network.links import NM, Arrays, build
from geo.network.pairs import Pairs
from geo.network.places import Places
from geo.network.where import places

__all__ = ["Network"]

Points = Any
"""GeoSeries or GeoDataFrame of Points in the network's CRS, the frame of ``snap``, or node labels."""


class Network:
    """A street network with exact walking distances; see :meth:`from_links`.

    Wherever ``points``, ``sources`` or ``targets`` are asked for, give a GeoSeries or GeoDataFrame of Points in
    the network's CRS, the frame returned by :meth:`snap`, or node labels (list, array, Index, or a Series whose
    values are labels). Results are indexed like what was given.

    Examples
    --------
    >>> from geo.examples import homes, school, streets
    >>> network = Network.from_links(streets())
    >>> network.nearest(homes(), school())  # b is 400 m east and 100 m north of the school
      target  metres
    a      S   100.0
    b      S   500.0
    c      S   800.0
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.graph = Graph(arrays)

    def __reduce__(self) -> tuple[type[Network], tuple[Arrays]]:
        """Send the arrays to another process; what was prepared is made again there."""
        return Network, (self.arrays,)

    @classmethod
    def from_links(cls, links: gpd.GeoDataFrame, *, directed: bool = False) -> Network:
        """Return the network of ``links``.

        Parameters
        ----------
        links
            One row per street piece: ``u`` and ``v`` (labels of its ends, any hashable), ``metres`` (walking
            length [m], >= 0) and ``geometry`` (one line from u to v, in a metric CRS).
        directed
            Keep to one-way streets: column ``oneway`` (true, false, -1 for against the drawing) says which;
            without the column every row leads from u to v only. Walking is not directed.

        Raises
        ------
        InputError
            A column is missing, there are no rows, a length is negative or not a number, or a geometry is not
            one continuous line.
        CrsError
            The CRS is missing or not in metres.

        Examples
        --------
        >>> from geo.examples import streets
        >>> Network.from_links(streets())
        Network(4 nodes, 3 edges, EPSG:4548)
        >>> Network.from_links(streets().drop(columns="metres"))
        Traceback (most recent call last):
            ...
        geo.errors.InputError: ...links miss columns: metres; give u, v, metres and line geometry
        """
        return cls(build(links, directed=directed))

    def prepare(self) -> Network:
        """Make searches without a limit many times faster, once (seconds for a city), and return the network.

        Answers are the same with and without. Networks with one-way streets are left as they are.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().prepare().nearest(homes(), school())["metres"].tolist()
        [100.0, 500.0, 800.0]
        """
        self.graph.prepare()
        return self

    @property
    def nodes(self) -> pd.Index:
        """Labels of the nodes, neighbours near each other.

        Examples
        --------
        >>> from geo.examples import network
        >>> sorted(network().nodes)
        [1, 2, 3, 4]
        """
        return self.arrays.labels

    @property
    def xy(self) -> NDArray[np.float64]:
        """Coordinates of the nodes [m], shape (n_nodes, 2).

        Examples
        --------
        >>> from geo.examples import network
        >>> pd.DataFrame(network().xy - [500_000, 4_330_000], network().nodes).loc[3].tolist()
        [400.0, 300.0]
        """
        return self.arrays.xy

    @property
    def crs(self) -> pyproj.CRS:
        """Metric coordinate reference system.

        Examples
        --------
        >>> from geo.examples import network
        >>> network().crs.to_epsg()
        4548
        """
        return self.arrays.crs

    @property
    def directed(self) -> bool:
        """Whether one-way streets are kept to.

        Examples
        --------
        >>> from geo.examples import network
        >>> network().directed
        False
        """
        return self.arrays.directed

    @property
    def n_nodes(self) -> int:
        """Number of nodes.

        Examples
        --------
        >>> from geo.examples import network
        >>> network().n_nodes
        4
        """
        return len(self.arrays.labels)

    @property
    def n_edges(self) -> int:
        """Number of links the network was made of.

        Examples
        --------
        >>> from geo.examples import network
        >>> network().n_edges
        3
        """
        return len(self.arrays.length)

    def __repr__(self) -> str:
        """Return size and CRS."""
        oneway = ", one-way streets kept to" if self.directed else ""
        return f"Network({self.n_nodes} nodes, {self.n_edges} edges, {short(self.crs.to_string())}{oneway})"

    def _repr_html_(self) -> str:
        """Return size, reach and CRS as a card."""
        (west, south), (east, north) = self.xy.min(axis=0), self.xy.max(axis=0)
        facts = {
            "节点 nodes": f"{self.n_nodes:,}",
            "路段 edges": f"{self.n_edges:,}",
            "总长 length": f"{self.arrays.length.sum() / NM / 1000:,.1f} km",
            "范围 extent": f"{(east - west) / 1000:,.1f} × {(north - south) / 1000:,.1f} km",
            "坐标系 CRS": f"{self.crs.to_string()} ({self.crs.name})",
            "单行 one-way": "yes" if self.directed else "",
        }
        return card("步行网络 walking network", facts)

    def snap(self, points: Points, *, limit: float = np.inf) -> pd.DataFrame:
        """Return the nearest place on a street for each point.

        Parameters
        ----------
        points
            Points in the network's CRS.
        limit
            Longest way from a point to the street [m]; a point at exactly ``limit`` is snapped.

        Returns
        -------
        snapped
            Indexed like ``points``: ``edge`` (index label of the link, its position when the labels repeat),
            ``u``, ``v`` (node labels), ``to_u``, ``to_v`` (along the link [m]), ``snap_m`` (from the point to the
            street [m]), ``x``, ``y`` (the place on the street [m]) and ``why``: empty, or the reason why the
            point was not snapped (then the other columns are missing).

        Raises
        ------
        CrsError
            The points have another CRS than the network.
        InputError
            A geometry is not a Point.

        Examples
        --------
        >>> from geo.examples import at, network
        >>> point = gpd.GeoSeries([at(150, 20)], crs=network().crs)  # 20 m north of the street from 1 to 2
        >>> network().snap(point)[["u", "v", "to_u", "to_v", "snap_m"]].iloc[0].tolist()
        [1.0, 2.0, 150.0, 250.0, 20.0]
        """
        return snap.snap(self.graph, points, limit)

    def place(self, points: Points) -> Places:
        """Return the points as places on the network, found once for any number of questions.

        Give the result wherever points are asked for: a click then need not look for the homes again.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> walked = network()
        >>> places = walked.place(homes())
        >>> len(places), walked.distances(places, school())["S"].to_dict()
        (3, {'a': 100.0, 'b': 500.0, 'c': 800.0})
        """
        return places(self.graph, points, arriving=True)

    def nearest(self, sources: Points, targets: Points, *, limit: float = np.inf) -> pd.DataFrame:
        """Return the nearest target of each source: ``target`` (its id, NA if none) and ``metres`` [m].

        Of targets equally near, the one that comes first in ``targets`` is taken. ``metres`` is ``inf`` where no
        target is within ``limit`` [m].

        Raises
        ------
        CrsError
            Points have another CRS than the network.
        InputError
            A node label is unknown, a geometry is not a Point, or ``limit`` is no number of at least 0.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().nearest(homes(), school(), limit=500)["metres"].to_dict()
        {'a': 100.0, 'b': 500.0, 'c': inf}
        """
        return reach.nearest(self.graph, sources, targets, limit=limit)

    def nearest_k(self, sources: Points, targets: Points, k: int, *, limit: float = np.inf) -> pd.DataFrame:
        """Return up to ``k`` nearest targets of each source: ``source``, ``target``, ``metres`` [m], ``rank`` from 1.

        One row a pair, in the order of the sources, nearest first; a source that reaches nothing within ``limit`` [m]
        has no row. Errors as ``nearest``, and InputError if ``k`` is below 1.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().nearest_k(school(), homes(), 2).to_dict("records")
        [{'source': 'S', 'target': 'a', 'metres': 100.0, 'rank': 1}, {'source': 'S', 'target': 'b', 'metres': 500.0, 'rank': 2}]
        """
        return reach.nearest_k(self.graph, sources, targets, k, limit=limit)

    def distances(self, sources: Points, targets: Points, *, limit: float = np.inf) -> pd.DataFrame:
        """Return walking metres, shape (sources, targets); ``inf`` beyond ``limit`` [m] and where there is no way.

        Indexed by the ids of both. The table is dense: for a city, give a ``limit`` and take ``pairs``. Errors as
        ``nearest``.

        Examples
        --------
        >>> from geo.examples import homes, network
        >>> network().distances(homes(), homes())
               a      b      c
        a    0.0  400.0  700.0
        b  400.0    0.0  300.0
        c  700.0  300.0    0.0
        """
        return reach.distances(self.graph, sources, targets, limit=limit)

    def pairs(self, sources: Points, targets: Points, *, limit: float) -> Pairs:
        """Return all pairs within ``limit`` [m] as a sparse table, which ``geo.access`` and ``geo.assignment`` take.

        Errors as ``nearest``.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().pairs(homes(), school(), limit=500).frame()
          source target  metres
        0      a      S   100.0
        1      b      S   500.0
        """
        return reach.pairs(self.graph, sources, targets, limit=limit)

    def routes(self, sources: Points, target: Points) -> routes.Routes:
        """Return the shortest way from each source to one target, street by street (``geo.network.routes``).

        Its length equals the distance exactly. Errors as ``nearest``.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> network().routes(homes(), school()).lines["metres"].tolist()
        [100.0, 500.0, 800.0]
        """
        return routes.routes(self.graph, sources, target)

    def node_distances(self, targets: Points, *, limit: float = np.inf) -> pd.Series:
        """Return the metres from every node to its nearest target, indexed by node label.

        ``inf`` where no target is within ``limit`` [m]. Errors as ``nearest``.

        Examples
        --------
        >>> from geo.examples import network, school
        >>> network().node_distances(school()).sort_index().to_dict()
        {1: 0.0, 2: 400.0, 3: 700.0, 4: 1100.0}
        """
        return reach.node_distances(self.graph, targets, limit=limit)

    def isochrone(self, points: Points, limits: float | Iterable[float], *, width: float = 30.0) -> gpd.GeoDataFrame:
        """Return the ground along the streets reached within each limit.

        Parameters
        ----------
        points
            Where the walk starts.
        limits
            Walking metres [m], one or more.
        width
            Depth of the strip on each side of a reached street [m].

        Returns
        -------
        areas
            One row per point and limit: ``point`` (index label), ``limit`` [m], ``geometry`` (polygon, may have
            holes, empty where nothing is reached); limits ascending, each area inside the next.

        Examples
        --------
        >>> from geo.examples import at, network, school
        >>> areas = network().isochrone(school(), [150, 500])
        >>> areas["limit"].tolist(), areas.intersects(at(400, 0)).tolist()  # node 2 is 400 m away
        ([150.0, 500.0], [False, True])
        """
        return isochrone.isochrone(self.graph, points, limits, width=width)

    def islands(self) -> pd.Series:
        """Return the connected part each node belongs to: 0 is the largest, then 1 and so on.

        Examples
        --------
        >>> from geo.examples import streets
        >>> away = streets().iloc[:1].assign(u=8, v=9)
        >>> away = away.set_geometry(away.translate(900))
        >>> Network.from_links(pd.concat([streets(), away], ignore_index=True)).islands().sort_index().to_dict()
        {1: 0, 2: 0, 3: 0, 4: 0, 8: 1, 9: 1}
        """
        return reach.islands(self.graph)
