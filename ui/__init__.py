"""What is on screen: the map, the panels, the words. Asks ``geo.answers``; works nothing out itself."""
