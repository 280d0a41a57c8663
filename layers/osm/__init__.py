"""OpenStreetMap and other open data, from a file of a city to a workspace."""
