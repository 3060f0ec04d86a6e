"""What is looked at on a page that is drawn when nothing else can be."""

import re
from base64 import b64encode
from hashlib import sha256

MOST_BYTES = 2500


def plain_page_problems(page: str, policy: str) -> list[str]:
    """Where it is not small, wants something from elsewhere, or has a style that its policy does not allow."""
    styles = re.findall(r"<style>(.*?)</style>", page)
    digests = [b64encode(sha256(style.encode()).digest()).decode() for style in styles]
    problems = [f"{len(page.encode())} bytes"] if len(page.encode()) > MOST_BYTES else []
    problems += [] if len(styles) == 1 else [f"{len(styles)} styles"]
    problems += [f"{digest} not in {policy}" for digest in digests if f"style-src 'sha256-{digest}';" not in policy]
    problems += re.findall(r"<link|<script|<img|@import|url\(| style=|src=", page)
    return problems
