"""A team's workbook as bytes: the same content gives the same bytes."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from aop_lib.template.asked import write_asked
from aop_lib.template.page import Told
from aop_lib.template.read_me import new_read_me, signed
from aop_lib.template.styles import styles
from aop_lib.template.told import write_actuals, write_lists, write_targets

if TYPE_CHECKING:
    from aop_lib.team_content import TeamContent

MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed day, so that the same content gives the same bytes)
TEXTS_STAY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def workbook(content: TeamContent) -> bytes:
    """Returns the workbook of one team, ready to be sent.

    Args:
        content: Everything that it tells; what stands in it is all that is known of the company.
    """
    import xlsxwriter

    stream = io.BytesIO()
    told: Told = []
    footer = f"{content.company[1]} · {content.team[1]} · {content.cycle[1]} · confidential"
    with xlsxwriter.Workbook(stream, TEXTS_STAY) as book:
        book.set_properties({"created": MADE, "title": f"{content.team[1]}, {content.cycle[1]}", "company": content.company[1]})
        looks = styles(book)
        read_me = new_read_me(book, content, looks, told, footer)
        for write in (write_targets, write_actuals, write_asked, write_lists):
            write(book, content, looks, told, footer)
        signed(read_me, content)
        read_me.sheet.activate()
    return stream.getvalue()
