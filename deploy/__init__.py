"""Tools of the maintainers, and samples for operators: bundles for closed networks, nginx, systemd, a container."""
