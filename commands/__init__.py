"""The commands of the shell: a module a family, each with ``register(commands)``; cli.py is their door."""
