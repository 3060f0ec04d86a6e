"""How a page looks that is drawn when nothing else can be: its style stands within it and needs nothing else.

No Django: admission answers before any of it. No quotes and nothing to escape in the style, so that it reads the same
wherever it is put.
"""

from base64 import b64encode
from hashlib import sha256

STYLE = (
    "body{margin:0;background:#f3f6f5;color:#18262a;font:1rem/1.7 PingFang SC,Microsoft YaHei,Noto Sans CJK SC,"
    "Source Han Sans SC,WenQuanYi Micro Hei,system-ui,sans-serif}"
    "main{max-width:36rem;margin:10vh auto;padding:2rem 1.5rem;box-sizing:border-box;background:#fff;"
    "border-top:.25rem solid #0c5156}"
    "h1,h2{line-height:1.35;margin:0 0 .5rem;font-size:1.625rem}h2{font-size:1.25rem}p{margin:0 0 .75rem}"
    "div{margin-top:1.5rem;padding-top:1.25rem;border-top:1px solid #d3dcda;"
    "font-family:-apple-system,Segoe UI,Roboto,Noto Sans,Liberation Sans,Arial,DejaVu Sans,sans-serif}"
    "a{color:#0c5156}"
)
# The policy of all other pages allows no style within a page: these name theirs by its digest, and load nothing.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
