"""A small correct GTFS feed to spoil, one value at a time."""

from __future__ import annotations

import zipfile
from pathlib import Path

GOOD = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "a,First,39.00,117.00,0,\nb,Second,39.01,117.00,0,S\nc,Third,39.02,117.00,0,S\nS,Station,39.015,117.00,1,\n",
    "routes.txt": "route_id,route_type\nr,3\n",
    "trips.txt": "route_id,service_id,trip_id\nr,week,t1\nr,week,t2\nr,late,t3\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20250505,20250516\nlate,0,0,0,0,1,1,0,20250505,20250516\n",
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20250507,2\nlate,20250507,1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    "t1,7:00:00,7:00:00,a,1,0,0\nt1,,,b,2,0,0\nt1,7:10:00,7:10:00,c,5,0,0\n"
    "t2,08:00:00,08:00:00,a,1,0,1\nt2,08:05:00,08:06:00,b,2,1,0\nt2,08:12:00,08:12:00,c,3,,\n"
    "t3,23:50:00,23:50:00,c,1,0,0\nt3,25:10:00,25:10:00,a,2,0,0\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt2,08:00:00,09:00:00,1200,1\n",
    "transfers.txt": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nS,S,2,90\na,b,3,\n",
    "pathways.txt": "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\np,b,c,1,1,40\n",
}


def packed(folder: Path, files: dict[str, str | bytes] | None = None, name: str = "feed.zip") -> Path:
    """Return a feed as a ZIP."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in (GOOD if files is None else files).items():
            archive.writestr(file, text)
    return path
