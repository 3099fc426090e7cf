"""A workbook's archive, held against its limits before anything in it is parsed."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

MOST_RATIO = 100
RATIO_COUNTS_FROM = 1_000_000
MOST_ENTRIES = 200
MOST_ATTRIBUTES = 60
LONGEST_RUN = 300_000
DEEPEST = 30
CHUNK = 65_536
OLE_SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
DOCTYPES = tuple(sign.encode(encoding) for sign in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True)
class Limits:
    """How large a workbook may be before it is refused: the defaults are those of a team's request."""

    unpacked: int = 50_000_000
    elements: int = 400_000
    pieces: int = 1_000_000
    cells: int = 100_000
    rows: int = 10_000
    columns: int = 30


REQUEST = Limits()
SOURCE = Limits(unpacked=300_000_000, elements=4_000_000, pieces=8_000_000, cells=1_000_000, rows=100_000, columns=300)


class WorkbookRefusedError(Exception):
    """A workbook that is not read: what was found, what was expected, what to do."""

    def __init__(self, found: str, expected: str, fix: str = "save it as .xlsx again, from Excel or LibreOffice") -> None:
        self.found, self.expected, self.fix = found, expected, fix
        super().__init__(f"found {found}; expected {expected}; {fix}")


def opened(content: bytes, limits: Limits = REQUEST) -> zipfile.ZipFile:
    """Returns the archive of a workbook whose size, ratio, entries and packing are within the limits and that holds no DTD.

    Args:
        content: The whole file.
        limits: How large it may be.

    Raises:
        WorkbookRefusedError: If it is no workbook, or one that could do harm.
    """
    if not content:
        raise WorkbookRefusedError("an empty file of 0 bytes", "an .xlsx workbook", "save it again and send it anew")
    if content.startswith(OLE_SIGN):
        found = "a password-protected workbook, or one in the old .xls format"
        raise WorkbookRefusedError(found, "an .xlsx workbook without a password", "remove the password and save it as .xlsx")
    if not content.startswith(b"PK"):
        found = "a file that is no workbook, whatever its name says"
        raise WorkbookRefusedError(found, "an .xlsx workbook", "save it as .xlsx, or name it .csv where it is one")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _hold_limits(archive, limits)
        _hold_no_dtd(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError, OSError) as problem:
        raise WorkbookRefusedError("a damaged or truncated workbook", "a whole .xlsx workbook", "send it anew") from problem
    return archive


def part(archive: zipfile.ZipFile, name: str, handler: ContentHandler, limits: Limits = REQUEST) -> None:
    """Feeds an XML part of the archive to a handler, within the limits on elements and depth and without a DTD.

    Args:
        archive: An archive that `opened` has passed.
        name: The part's name in the archive.
        handler: Takes the elements as they come.
        limits: How many elements it may have.

    Raises:
        WorkbookRefusedError: If the part is missing, no XML, or beyond the limits.
    """
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(_Limited(handler, limits))
    try:
        with archive.open(name) as stream:
            run = 0
            while chunk := stream.read(CHUNK):
                last = chunk.rfind(b"<")
                run = run + len(chunk) if last < 0 else len(chunk) - last
                if run > LONGEST_RUN:
                    raise WorkbookRefusedError(f"a text of more than {LONGEST_RUN:,} bytes in {name}", "texts that fit a cell", "shorten it")
                parser.feed(chunk)
        parser.close()
    except KeyError:
        raise WorkbookRefusedError(f"no {name} inside", "a whole .xlsx workbook") from None
    except DefusedXmlException:
        raise _dtd(name) from None
    except (SAXException, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as problem:
        raise WorkbookRefusedError(f"{name}, which is no well-formed XML", "a whole .xlsx workbook") from problem


def _hold_limits(archive: zipfile.ZipFile, limits: Limits) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise WorkbookRefusedError(f"{len(entries):,} parts", f"at most {MOST_ENTRIES}")
    if unpacked > limits.unpacked:
        raise WorkbookRefusedError(f"{unpacked:,} bytes once unpacked", f"at most {limits.unpacked:,}", "split it, and delete formatted but empty rows")
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MOST_RATIO * entry.compress_size:
            found = f"{entry.file_size:,} bytes packed into {entry.compress_size:,}"
            raise WorkbookRefusedError(found, f"at most {MOST_RATIO}:1", "delete repeated and empty rows")
        if entry.flag_bits & 1:
            raise WorkbookRefusedError("a password-protected archive", "an .xlsx workbook without a password", "remove the password")
        if entry.compress_type not in PACKINGS:
            raise WorkbookRefusedError("a packing that Excel does not use", "an .xlsx workbook")
    if len(set(names)) != len(names):
        raise WorkbookRefusedError("two parts of one name", "each part once")


def _hold_no_dtd(archive: zipfile.ZipFile) -> None:
    for entry in archive.infolist():
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            with archive.open(entry) as stream:
                tail = b""
                while chunk := stream.read(CHUNK):
                    here = tail + chunk
                    if any(sign in here for sign in DOCTYPES):
                        raise _dtd(entry.filename)
                    tail = here[-32:]


def _dtd(name: str) -> WorkbookRefusedError:
    return WorkbookRefusedError(f"a DTD with entities in {name}", "XML without a DTD; nothing is expanded or fetched")


class _Limited(ContentHandler):
    """Passes elements on, without their prefixes, until there are too many or they nest too deep."""

    def __init__(self, inner: ContentHandler, limits: Limits) -> None:
        super().__init__()
        self.inner, self.count, self.depth, self.most = inner, 0, 0, limits.elements
        self.characters = inner.characters  # type: ignore[method-assign]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  (the name that SAX calls)
        self.count += 1
        self.depth += 1
        if self.count > self.most or self.depth > DEEPEST or len(attrs) > MOST_ATTRIBUTES:
            limits = f"more than {self.most:,} XML elements, {DEEPEST} levels or {MOST_ATTRIBUTES} attributes"
            raise WorkbookRefusedError(limits, "a sheet of ordinary size", "delete formatted but empty rows")
        self.inner.startElement(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.depth -= 1
        self.inner.endElement(name.rpartition(":")[2])
