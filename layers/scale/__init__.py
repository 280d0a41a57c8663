"""Many places, or one too large for a machine, on several processes: embedded, or on a Dask cluster."""
