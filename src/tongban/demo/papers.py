"""Files that applicants of the demonstration hand in: small, real PDFs and pictures that say they are samples."""

import struct
import zlib

_WIDTH, _HEIGHT = 96, 64
_A4 = "595 842"


def pdf(number: int) -> bytes:
    """A PDF of one page with a line of text."""
    text = f"BT /F1 18 Tf 72 760 Td (Sample document {number:04d} of the demonstration) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_A4}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for place, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (place, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    )


def png(number: int) -> bytes:
    """A picture: a field of one colour with a darker frame."""
    colour = bytes((60 + number * 37 % 160, 80 + number * 53 % 140, 90 + number * 71 % 130))
    frame = bytes(part // 2 for part in colour)
    rows = b"".join(
        b"\0" + b"".join(frame if x in {0, _WIDTH - 1} or y in {0, _HEIGHT - 1} else colour for x in range(_WIDTH))
        for y in range(_HEIGHT)
    )
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
