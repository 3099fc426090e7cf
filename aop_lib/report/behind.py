"""The place in a block where a page later tells what stands behind its figures."""

from __future__ import annotations

import json
from collections.abc import Iterable

from markupsafe import Markup


def behind(figures: Iterable[tuple[str, str]]) -> Markup:
    """Returns the mark that `folds.with_folds` fills: what each figure is called, and its key; nothing where none has a key.

    Args:
        figures: Label and key of each figure of a block, see `plan.figure_keys`; one without a key is left out.
    """
    known = [[label, key] for label, key in figures if key]
    return Markup('<p class="behind" data-figures="{}"></p>\n').format(json.dumps(known, ensure_ascii=False)) if known else Markup("")
