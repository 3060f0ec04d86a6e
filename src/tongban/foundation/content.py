"""The content store: what people hand in, kept once by content, sealed at rest, and nothing that runs.

A stored file is known by its digest, the SHA-256 of its content. On disk it stands under a keyed digest of
that digest: a plain one would let whoever holds a copy of the disk, but not the keys, test whether a known
document (a form letter with one number filled in, say) is among the files. The bytes are sealed
(``foundation.sealing``) with that name as context, so that no file can take another's place unseen.

Type is told from the content, never from what the browser says. What is not on the short list of types is
refused.
"""

import hashlib
import io
import os
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.sealing import (
    CONTENT,
    FORMER,
    CannotOpenError,
    active_key,
    blind_index,
    open_bytes,
    seal_bytes,
    taken_apart,
)
from tongban.foundation.suites import aes_unverified

MAX_BYTES = 10 * 1024 * 1024
_MAX_NAME = 100
_MAX_EXPANDED = 100 * 1024 * 1024
_MAX_MEMBERS = 2_000
# Office files are mostly XML, which packs 10 to 40 times; beyond this it is a trap. Small ones may say what
# they like.
_MAX_RATIO = 150
_SMALL = 1024 * 1024
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that these formats use
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD = "application/ofd"
TEXT = "text/plain"

# Media type to the endings its files have; the first is added where a name has none.
ENDINGS: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    OFD: (".ofd",),
    TEXT: (".txt", ".csv"),
}
ALL_TYPES = frozenset(ENDINGS)

# A member whose presence tells what a zip file is (ECMA-376; GB/T 33190-2016 for OFD).
_ZIP_TYPES = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("OFD.xml", OFD))


@dataclass(frozen=True)
class StoredContent:
    """What is known of a stored file.

    Attributes:
        digest: SHA-256 of the content, hexadecimal. Personal where the content is: seal it.
        media_type: Told from the content.
        size: Bytes.
        name: The declared name, made safe to show and to download under.
    """

    digest: str
    media_type: str
    size: int
    name: str


class ContentDamagedError(RuntimeError):
    """A stored file no longer is what was stored; restore it from a backup. Names the file on disk."""


def store(
    data: bytes | BinaryIO,
    *,
    declared_name: str,
    allowed: Collection[str] = ALL_TYPES,
    field: str = "file",
) -> StoredContent:
    """Checks and stores a file; returns once it is on disk. The same content is kept once.

    Args:
        data: The content, or a stream of it (read no further than the limit).
        declared_name: The name the browser sent.
        allowed: Media types this place takes, from ``ALL_TYPES``.
        field: The field the errors are about.

    Raises:
        InvalidError: empty, too large, of no allowed type, its ending belies its content, damaged, or a trap.
    """
    content = _read_within_limit(data, field)
    media_type = _checked_type(content, allowed, field)
    name = _checked_name(declared_name, media_type, field)
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if not _holds(digest):
        _write(path, seal_bytes(content, f"{CONTENT}{path.name}"))
    return StoredContent(digest, media_type, len(content), name)


def read(digest: str) -> bytes:
    """The content of a digest, verified.

    Raises:
        NotFoundError: nothing is stored under it.
        ContentDamagedError: what is stored is not what was handed in.
    """
    path = _path(digest)
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(_("The file is not in the store.")) from None
    try:
        # Former versions bound a file to its plain digest, which nobody knows who walks the store.
        content = open_bytes(sealed, CONTENT + (digest if sealed[:1] == bytes([FORMER]) else path.name))
    except CannotOpenError as error:
        raise ContentDamagedError(f"{path.name}: {error}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise ContentDamagedError(f"{path.name}: opens, but its digest differs")
    return content


def exists(digest: str) -> bool:
    """Whether something is stored under a digest (``read`` says whether it is sound)."""
    return bool(_DIGEST.fullmatch(digest)) and _path(digest).is_file()


def stored_files() -> Iterator[Path]:
    """Every file of the store, in order; what was left half-written is not one."""
    root = Path(settings.CONTENT_ROOT)
    yield from sorted(path for path in root.glob("??/??/*") if _DIGEST.fullmatch(path.name))


def sealed_under(path: Path) -> bytes:
    """The header of a stored file, as long as that of the active key (``sealing.DataKey.header``)."""
    with path.open("rb") as file:
        return file.read(len(active_key("content").header))


def seal_anew(path: Path) -> bool:
    """Seals a stored file under the active key where it is not; whether it was changed.

    Raises:
        ContentDamagedError: what is stored is not what was handed in; it is left as it is.
    """
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return False
    if sealed.startswith(active_key("content").header):
        return False
    try:
        if sealed[:1] == bytes([FORMER]):
            key, _header, nonce, body = taken_apart(sealed, path.name)
            digest = hashlib.sha256(aes_unverified(key.key, nonce, body)).hexdigest()
            content = open_bytes(sealed, CONTENT + digest)
        else:
            content = open_bytes(sealed, CONTENT + path.name)
    except CannotOpenError as error:
        raise ContentDamagedError(f"{path.name}: {error}") from error
    if blind_index(hashlib.sha256(content).hexdigest(), "content") != path.name:
        raise ContentDamagedError(f"{path.name}: opens, but its digest differs")
    _write(path, seal_bytes(content, CONTENT + path.name))
    return True


def safe_name(declared: str) -> str:
    """A file name without folders, invisible or reserved characters, at most 100 long, ending kept."""
    name = unicodedata.normalize("NFC", declared.replace("\\", "/").rsplit("/", 1)[-1])
    kept = (c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", "".join(kept))).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and stem and len(ending) < _MAX_NAME // 2:
        return stem[: _MAX_NAME - len(ending) - 1].rstrip(" .") + "." + ending
    return name[:_MAX_NAME] or "file"


def _refuse(field: str, message: str) -> InvalidError:
    return InvalidError({field: [message]})


def _read_within_limit(data: bytes | BinaryIO, field: str) -> bytes:
    limit: int = getattr(settings, "CONTENT_MAX_BYTES", MAX_BYTES)
    content = data[: limit + 1] if isinstance(data, bytes) else data.read(limit + 1)
    if len(content) > limit:
        raise _refuse(
            field,
            _("The file is too large: at most %(limit)d MB can be handed in.") % {"limit": limit // (1024 * 1024)},
        )
    if not content:
        raise _refuse(field, _("The file is empty."))
    return content


def _checked_type(content: bytes, allowed: Collection[str], field: str) -> str:
    media_type = _told_type(content, field)
    if media_type is None or media_type not in allowed:
        endings = ", ".join(ENDINGS[known][0].removeprefix(".").upper() for known in ENDINGS if known in allowed)
        raise _refuse(
            field,
            _("The file is of a type that cannot be taken. Hand in one of: %(types)s.") % {"types": endings},
        )
    return media_type


def _checked_name(declared: str, media_type: str, field: str) -> str:
    name = safe_name(declared)
    ending = Path(name).suffix.lower()
    if not ending:
        return name + ENDINGS[media_type][0]
    if ending not in ENDINGS[media_type]:
        raise _refuse(
            field,
            _("The file’s name ends in %(ending)s, but its content is %(type)s. Save it again under the right type.")
            % {"ending": ending[:12], "type": ENDINGS[media_type][0].removeprefix(".").upper()},
        )
    return name


def _told_type(content: bytes, field: str) -> str | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"PK\x03\x04"):
        return _zip_type(content, field)
    return TEXT if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    if content.startswith(b"#!"):  # a script says what runs it
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(c not in "\t\n\r\f" and unicodedata.category(c) == "Cc" for c in text)
    return False


def _zip_type(content: bytes, field: str) -> str | None:
    damaged = _("The file is damaged, locked with a password, or not safe to open. Save it again and retry.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            expanded = sum(member.file_size for member in members)
            packed = sum(member.compress_size for member in members)
            if (
                len(members) > _MAX_MEMBERS
                or expanded > _MAX_EXPANDED
                or (expanded > _SMALL and expanded > _MAX_RATIO * packed)
                or packed > len(content)  # members that overlap: one piece of data counted many times
                or any(member.flag_bits & _ENCRYPTED for member in members)
                or any(member.compress_type not in _PACKINGS for member in members)
                or archive.testzip() is not None
            ):
                raise _refuse(field, damaged)
            names = {member.filename for member in members}
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        ValueError,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:
        raise _refuse(field, damaged) from error
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _refuse(field, _("The file holds macros. Save it without them and hand it in again."))
    return next((media_type for mark, media_type in _ZIP_TYPES if mark in names), None)


def _path(digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise NotFoundError(_("The file is not in the store."))
    name = blind_index(digest, "content")
    return Path(settings.CONTENT_ROOT) / name[:2] / name[2:4] / name


def _holds(digest: str) -> bool:
    """Whether the file is there and sound: handing a damaged one in again mends it."""
    try:
        read(digest)
    except (NotFoundError, ContentDamagedError):
        return False
    return True


def _write(path: Path, sealed: bytes) -> None:
    """Puts a file in place whole or not at all, and durably; two writers of the same content do no harm."""
    folder = path.parent
    made = [parent for parent in (folder, folder.parent, folder.parent.parent) if not parent.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    for changed in {folder, *(parent.parent for parent in made)}:
        _sync_folder(changed)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
