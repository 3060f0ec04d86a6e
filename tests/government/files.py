"""Small files, as an importer gets them."""


def csv_bytes(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()
