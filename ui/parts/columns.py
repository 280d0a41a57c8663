"""Columns of a table that are shown as more than text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

__all__ = ["share_column"]


def share_column(label: str, width: int) -> ColumnConfig:
    """Return a column of shares [%] drawn as bars, ``width`` [px] wide."""
    return st.column_config.ProgressColumn(label, width=width, min_value=0, max_value=100, format="%.0f%%")
