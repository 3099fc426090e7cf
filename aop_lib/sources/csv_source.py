"""CSV as text: any separator, a declared encoding, every fault with its line; nothing is filled, converted or guessed."""

from __future__ import annotations

import codecs
import csv
import io

import pyarrow as pa
import pyarrow.csv as pacsv

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources.exports import LINE, Export, column_faults, place_faults, whole

LONGEST_HEADER = 1_000_000
LONGEST_ROW = 16_000_000
MOST_FAULTS = 100
OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another archive", b"\xd0\xcf\x11\xe0": "an old or password-protected Excel workbook", b"%PDF": "a PDF",
    b"PAR1": "a Parquet file", b"\x1f\x8b": "a compressed file", b"PARE": "an encrypted Parquet file",
}  # fmt: skip
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CODECS = {"latin-9": "iso-8859-15"}
DECLARE = "declare the source's 'encoding' in company.yml, or save it as 'CSV UTF-8'"


def csv_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns what keeps a CSV file from being read, as far as its place and its beginning tell."""
    faults = place_faults(export, export.file)
    if faults:
        return faults
    with export.file.open("rb") as stream:
        head = stream.read(LONGEST_HEADER)
    faults = _format_faults(export, head) or _byte_faults(export, head, whole_file=len(head) < LONGEST_HEADER)
    if faults:
        return faults
    try:
        names = header(head, export)
    except (csv.Error, UnicodeError) as problem:
        return [Fault(f"{export.shown}:1", str(problem), "the names of the columns")]
    if not names:
        return [export.fault("an empty file", f"a CSV file with the columns {', '.join(columns)}")]
    return column_faults(f"{export.shown}:1", names, columns)


def csv_rows(export: Export, columns: list[str]) -> pa.Table:
    """Returns columns of a CSV file as text, exactly as they stand there, with the line of each row in `_line`.

    An empty cell is an empty text. Line numbers count one line per row, the header being line 1.

    Raises:
        InputRefusedError: With every line that cannot be read: another encoding, NUL bytes, an open quote, unequal length.
        InputChangedError: If the file changed while it was read.
    """
    data = whole(export, export.file)
    faults = _format_faults(export, data) or _damage(export, data)
    if faults:
        raise InputRefusedError(faults)
    text = _as_utf8(export, data)
    try:
        rows = _parsed(text, export, columns, [])
    except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
        raise InputRefusedError(_row_faults(export, text, columns, problem)) from None
    return rows.append_column(LINE, pa.array(range(2, len(rows) + 2), pa.int64()))


def header(data: bytes, export: Export) -> list[str]:
    """Returns the column names of a CSV file, from its first bytes.

    Raises:
        csv.Error: If they are no line of CSV.
        UnicodeError: If they are not in the file's encoding.
    """
    text = codecs.getincrementaldecoder(_encoding(export, data))().decode(data)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=export.source.separator), [])


def _encoding(export: Export, data: bytes) -> str:
    marked = next((name for mark, name in MARKS if data.startswith(mark)), "")
    return marked or CODECS.get(export.source.encoding, export.source.encoding)


def _as_utf8(export: Export, data: bytes) -> bytes:
    encoding = _encoding(export, data)
    return data if encoding.startswith("utf-8") else data.decode(encoding).encode("utf-8")


def _format_faults(export: Export, data: bytes) -> list[Fault]:
    other = next((name for sign, name in OTHER_FORMATS.items() if data.startswith(sign)), "")
    if other:
        return [export.fault(f"{other}, whatever its name says", "a CSV file", "export it as CSV, or declare the source's 'kind'")]
    return [] if data.strip() else [export.fault("a file of blanks", "a CSV file with a header")]


def _damage(export: Export, data: bytes) -> list[Fault]:
    faults = _byte_faults(export, data, whole_file=True)
    if not faults and not _encoding(export, data).startswith("utf-16") and data.count(b'"') % 2:
        faults = [export.fault("a quote that is opened and never closed", "quotes in pairs", "the file may be cut short: export it again")]
    return faults


def _byte_faults(export: Export, data: bytes, *, whole_file: bool) -> list[Fault]:
    """Returns a fault for each line that is not in the file's encoding or holds a NUL byte, a hundred at most."""
    encoding = _encoding(export, data)
    wide = encoding.startswith("utf-16")
    try:
        codecs.getincrementaldecoder(encoding)().decode(data, final=whole_file)
    except UnicodeDecodeError as problem:
        if wide:
            return [export.fault(f"bytes that are not {encoding.upper()}", encoding.upper(), DECLARE)]
        ended = data if whole_file else data[: data.rfind(b"\n") + 1]
        return _lines_at_fault(export, ended, encoding) or [_byte_fault(export, data, problem, _line(data, problem.start), encoding)]
    if wide or b"\0" not in data:
        return []
    return [Fault(f"{export.shown}:{_line(data, data.find(0))}", "a NUL byte", "text", "the file is damaged: export it again")]


def _lines_at_fault(export: Export, data: bytes, encoding: str) -> list[Fault]:
    faults: list[Fault] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as problem:
            if len(faults) == MOST_FAULTS:
                return [*faults, export.fault("bytes of another encoding on more lines", encoding.upper(), DECLARE)]
            faults.append(_byte_fault(export, line, problem, number, encoding))
    return faults


def _byte_fault(export: Export, data: bytes, problem: UnicodeDecodeError, line: int, encoding: str) -> Fault:
    found = f"the byte 0x{data[problem.start]:02X}, which is not {encoding.upper().removesuffix('-SIG')}"
    return Fault(f"{export.shown}:{line}", found, encoding.upper().removesuffix("-SIG"), DECLARE)


def _parsed(text: bytes, export: Export, columns: list[str], refused: list[pacsv.InvalidRow], *, threads: bool = True) -> pa.Table:
    def keep(row: pacsv.InvalidRow) -> str:
        refused.append(row)
        return "skip"

    options = pacsv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False)
    parsing = pacsv.ParseOptions(delimiter=export.source.separator, newlines_in_values=True, invalid_row_handler=None if threads else keep)
    reading = pacsv.ReadOptions(block_size=LONGEST_ROW, use_threads=threads)
    return pacsv.read_csv(io.BytesIO(text), read_options=reading, parse_options=parsing, convert_options=options)


def _row_faults(export: Export, text: bytes, columns: list[str], problem: Exception) -> list[Fault]:
    refused: list[pacsv.InvalidRow] = []
    try:
        _parsed(text, export, columns, refused, threads=False)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as other:
        problem = other
    if not refused:
        return [export.fault(str(problem).splitlines()[0][:200], "a CSV file with the same number of columns on every line")]
    fix = "put quotes around a value that holds the separator"
    faults = [
        Fault(f"{export.shown}:{row.number}", f"{row.actual_columns} fields", f"{row.expected_columns}, as in the header", fix) for row in refused[:MOST_FAULTS]
    ]
    more = len(refused) - MOST_FAULTS
    return faults + ([export.fault(f"{more:,} more lines of unequal length", "as many fields as in the header")] if more > 0 else [])


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
