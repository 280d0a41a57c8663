"""Authors the bundled workspace: small tables in ``tables/`` in, the layers of ``data/`` out.

Run ``python -m data.build [--out DIR]``. The same tables give the same bytes.
"""
