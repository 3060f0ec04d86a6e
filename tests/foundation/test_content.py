"""The content store: what it takes, what it refuses, and that what it keeps can be trusted."""

import io
import os
import threading
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from tongban.foundation import content
from tongban.foundation.errors import InvalidError, NotFoundError

PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def packed(*members: str, data: bytes = b"<a/>", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for member in members:
            archive.writestr(member, data)
    return buffer.getvalue()


# The tests' language is the platform's own.
_CHINESE = {
    "empty": "空的",
    "cannot be taken": "不能接收",
    "ends in .docx": "以 .docx 结尾",
    "ends in .pdf": "以 .pdf 结尾",
    "macros": "含有宏",
    "damaged": "已损坏",
    "not safe": "无法安全打开",
}
DOCX = packed("[Content_Types].xml", "word/document.xml")
XLSX = packed("[Content_Types].xml", "xl/workbook.xml")
OFD = packed("OFD.xml", "Doc_0/Document.xml")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Settings) -> Path:
    settings.CONTENT_ROOT = tmp_path / "内容 store"
    return tmp_path / "内容 store"


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PDF, "合同.pdf", content.PDF),
        (PNG, "photo.PNG", content.PNG),
        (b"\xff\xd8\xff\xe0rest", "photo.jpeg", content.JPEG),
        (DOCX, "letter.docx", content.DOCX),
        (XLSX, "table.xlsx", content.XLSX),
        (OFD, "证明.ofd", content.OFD),
        ("说明\n".encode(), "note.txt", content.TEXT),
        ("说明\n".encode("gb18030"), "note.txt", content.TEXT),
    ],
)
def test_each_type_comes_back_as_it_went_in(data: bytes, name: str, media_type: str) -> None:
    stored = content.store(io.BytesIO(data), declared_name=name)
    assert (stored.media_type, stored.size, stored.name) == (media_type, len(data), name)
    assert content.exists(stored.digest)
    assert content.read(stored.digest) == data


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.pdf", "empty"),
        (b"MZ\x90\0" + b"\0" * 60, "a.exe", "cannot be taken"),
        (b"\x7fELF" + b"\0" * 60, "a.txt", "cannot be taken"),
        (b"#!/bin/sh\nrm -r /\n", "a.txt", "cannot be taken"),
        (PDF, "a.docx", "ends in .docx"),
        (PNG, "a.pdf", "ends in .pdf"),
        (packed("a.txt"), "a.docx", "cannot be taken"),
        (packed("word/document.xml", "word/vbaProject.bin"), "a.docx", "macros"),
        (b"PK\x03\x04 no archive", "a.docx", "damaged"),
        (DOCX[: len(DOCX) // 2], "a.docx", "damaged"),
        (partial(packed, "word/document.xml", data=b"\0" * 30_000_000), "a.docx", "not safe"),
        (partial(packed, *(f"{n}.xml" for n in range(2_001))), "a.docx", "not safe"),
    ],
)
def test_what_is_refused_leaves_nothing(data: bytes | partial[bytes], name: str, says: str, root: Path) -> None:
    with pytest.raises(InvalidError) as refused:
        content.store(data if isinstance(data, bytes) else data(), declared_name=name, field="lease")
    assert _CHINESE[says] in str(refused.value.fields["lease"][0])
    assert not root.exists()


def test_the_limit_is_read_to_and_no_further(settings: Settings, root: Path) -> None:
    settings.CONTENT_MAX_BYTES = 1024 * 1024
    stream = io.BytesIO(PDF + b"x" * (2 * 1024 * 1024))
    with pytest.raises(InvalidError, match="1 MB"):
        content.store(stream, declared_name="a.pdf")
    assert stream.tell() == 1024 * 1024 + 1
    assert not root.exists()


def test_a_place_may_take_fewer_types() -> None:
    with pytest.raises(InvalidError, match="PNG, JPG"):
        content.store(PDF, declared_name="a.pdf", allowed=(content.PNG, content.JPEG))


def test_the_same_content_is_kept_once(root: Path) -> None:
    first = content.store(PDF, declared_name="a.pdf")
    second = content.store(PDF, declared_name="b.pdf")
    assert first.digest == second.digest
    assert len(files(root)) == 1


def test_neither_content_nor_digest_shows_on_disk(root: Path) -> None:
    secret = PDF + "身份证 11010519491231002X".encode()
    stored = content.store(secret, declared_name="a.pdf")
    (path,) = files(root)
    assert b"11010519491231002X" not in path.read_bytes()
    assert stored.digest not in str(path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.parent.name == path.name[:2]


def test_a_changed_file_is_noticed_and_mended_by_handing_it_in_again(root: Path) -> None:
    stored = content.store(PDF, declared_name="a.pdf")
    (path,) = files(root)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(content.ContentDamagedError):
        content.read(stored.digest)
    content.store(PDF, declared_name="a.pdf")
    assert content.read(stored.digest) == PDF


def test_one_file_cannot_stand_in_for_another(root: Path) -> None:
    one = content.store(PDF, declared_name="a.pdf")
    (first,) = files(root)
    other = content.store(PNG, declared_name="a.png")
    (second,) = (path for path in files(root) if path != first)
    first.write_bytes(second.read_bytes())
    with pytest.raises(content.ContentDamagedError):
        content.read(one.digest)
    assert content.read(other.digest) == PNG


def test_what_is_not_there_is_not_found() -> None:
    for digest in ("0" * 64, "../../etc/passwd", ""):
        assert not content.exists(digest)
        with pytest.raises(NotFoundError):
            content.read(digest)


def test_a_failed_write_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        content.store(PDF, declared_name="a.pdf")
    assert files(root) == []


def test_many_at_once_store_one_sound_file(root: Path) -> None:
    start = threading.Barrier(8)
    digests: list[str] = []

    def hand_in() -> None:
        start.wait()
        digests.append(content.store(PDF * 1000, declared_name="a.pdf").digest)

    threads = [threading.Thread(target=hand_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 8
    assert len(set(digests)) == 1
    assert len(files(root)) == 1
    assert content.read(digests[0]) == PDF * 1000


@pytest.mark.parametrize(
    ("declared", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\文件\\合同 扫描件.pdf", "合同 扫描件.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("...", "file"),
        ("", "file"),
        ('a<b>:"c|d?.pdf', "a_b___c_d_.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
    ],
)
def test_names_are_made_safe(declared: str, safe: str) -> None:
    assert content.safe_name(declared) == safe


@given(st.text(max_size=300))
def test_any_name_becomes_a_plain_short_one(declared: str) -> None:
    name = content.safe_name(declared)
    assert 0 < len(name) <= 100
    assert not set(name) & set('/\\<>:"|?*\0\n\r')
    assert name not in {".", ".."}
    assert content.safe_name(name) == name


@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.lists(st.tuples(st.integers(4, len(DOCX) - 1), st.integers(0, 255)), max_size=4).map(
            lambda changes: bytes(dict(changes).get(place, byte) for place, byte in enumerate(DOCX))
        ),
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_stored_or_refused(data: bytes) -> None:
    try:
        stored = content.store(data, declared_name="file")
    except InvalidError:
        return
    assert content.read(stored.digest) == data
