"""Annual operating plan and budget workbook: what notebooks import.

Three rooms that never import one another: `sources` reads, `plan` computes, `report` shows. They meet in `cycle`,
`run`, `cli` and in the notebooks. Frames that cross a stage are declared in `frames`, the flow in `stages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aop_lib.cycle import open_cycle

__all__ = ["open_cycle"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Returns a name of `__all__`, imported when first asked for, so that the command line starts fast."""
    if name == "open_cycle":
        from aop_lib.cycle import open_cycle

        return open_cycle
    raise AttributeError(f"module 'aop_lib' has no attribute {name!r}")
