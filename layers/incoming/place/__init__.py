"""Where a file's coordinates lie: reference system, datum, order of axes."""
