"""Attacks a running demo with wapiti and schemathesis, and fails on whatever is found and not explained.

    python tools/security.py [--url http://127.0.0.1:8000] [--seconds 120] [--examples 20]

Without --url a demo of its own is started in a scratch folder. wapiti stands in an environment of its own (its
dependencies hold ours back); it is made at first use, in .venv-wapiti. What was found and is no fault stands in
tools/security_findings.yaml with the reason; a finding that is not there, or an entry that nothing meets any more
(--strict), fails.
"""

import argparse
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "tools" / "security_findings.yaml"
WAPITI = ROOT / ".venv-wapiti"
WAPITI_VERSION = "3.2.3"
# `ssrf` and `xxe` need a server of wapiti's makers to call back: tests/security looks for what fetches instead.
MODULES = "csp,cookieflags,http_headers,crlf,csrf,exec,file,redirect,sql,timesql,upload,xss,permanentxss,methods"
# Who looks: a visitor, and the demo's accounts that have most to lose.
WHO = ("", "citizen.wei", "review.lu", "admin.mo")
LONGEST_START = 300


@dataclass(frozen=True)
class Finding:
    """What a scanner says, without what differs from run to run (ids in addresses)."""

    scanner: str
    kind: str
    where: str
    detail: str

    def meets(self, entry: dict[str, str]) -> bool:
        """Whether an explanation is about it: each of its patterns is found."""
        return all(
            re.search(entry.get(name, ""), getattr(self, name)) for name in ("scanner", "kind", "where", "detail")
        )


def main() -> int:
    """Exit code 1 where something is unexplained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", default="")
    parser.add_argument("--seconds", type=int, default=120, help="of wapiti for each who looks")
    parser.add_argument("--examples", type=int, default=20, help="of schemathesis for each operation")
    parser.add_argument("--strict", action="store_true", help="fail on explanations that nothing meets any more")
    options = parser.parse_args()
    explained = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or []
    found: list[Finding] = []
    with running(options.url) as url:
        for who in WHO:
            found += wapiti(url, who, signed_in(url, who) if who else "", options.seconds)
        found += schemathesis(url, options.examples)
    unexplained = [one for one in found if not any(one.meets(entry) for entry in explained)]
    idle = [entry for entry in explained if not any(one.meets(entry) for one in found)]
    sys.stdout.write(f"{len(found)} findings, {len(unexplained)} of them unexplained\n")
    for one in unexplained:
        sys.stdout.write(f"  {one.scanner}: {one.kind} at {one.where}: {one.detail}\n")
    for entry in idle:
        sys.stdout.write(f"  explained, not found any more: {entry}\n")
    return 1 if unexplained or (options.strict and idle) else 0


@contextmanager
def running(url: str) -> Iterator[str]:
    """The address of a platform: the one that is given, or a demo of its own."""
    if url:
        yield url.rstrip("/")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tempfile.mkdtemp(prefix="tongban-security-")
    command = [sys.executable, "-c", "from tongban.cli import main; main()", "demo", "--port", str(port)]
    server = subprocess.Popen(
        command, env=os.environ | {"TONGBAN_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + LONGEST_START
        while not _answers(f"{url}/health"):
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("the demo did not start")
            time.sleep(1)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own demo
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except OSError:
        return False


def signed_in(url: str, who: str) -> str:
    """The Cookie header of a session of the demo's account, in the first of its posts where it has one.

    An officer's second factor is what the demo itself shows on the page that asks for it.

    Raises:
        SystemExit: it cannot be signed in, and a scan would look at nothing but the sign-in page.
    """
    password = yaml.safe_load((ROOT / "src/tongban/demo/people.yaml").read_text(encoding="utf-8"))["password"]
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def send(to: str, page: str, **given: str) -> tuple[str, str]:
        """Post a form of the page; where that leads, and the page there."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        content = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1] if token else "", **given}).encode()
        with browser.open(to, content) as answer:
            return answer.geturl(), answer.read().decode()

    try:
        page = browser.open(f"{url}/sign-in").read().decode()
        at, page = send(f"{url}/sign-in", page, login=who, username=who, password=password)
        if "second-step" in at and (code := re.search(r'class="code">(\d{6})<', page)):
            at, page = send(at, page, code=code[1])
        hats = re.findall(r'name="hat" value="([^"]+)"', browser.open(f"{url}/act-as/").read().decode())
        posts = [hat for hat in hats if hat.startswith("post:")]
        at, _page = send(f"{url}/act-as/", page, hat=(posts or hats)[0])
    except (urllib.error.HTTPError, IndexError) as error:
        raise SystemExit(f"{who} cannot be signed in: {error}") from error
    if "/sign-in" in at or "/act-as" in at:
        raise SystemExit(f"{who} cannot be signed in: it ends at {at}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def wapiti(url: str, who: str, cookie: str, seconds: int) -> list[Finding]:
    """What wapiti finds in so many seconds of looking and as many of attacking."""
    program = _wapiti()
    with tempfile.TemporaryDirectory(prefix="tongban-wapiti-") as folder:
        report = Path(folder) / "report.json"
        command = [
            *(str(program), "-u", f"{url}/", "-m", MODULES, "-f", "json", "-o", str(report), "--flush-session"),
            *("--no-bugreport", "--max-scan-time", str(seconds), "--max-attack-time", str(max(10, seconds // 8))),
            *("--max-files-per-dir", "6", "--max-links-per-page", "60", "-d", "4", "--store-session", folder),
            *("-x", f"{url}/sign-out", "--max-parameters", "12", "-v", "0"),
            *(("-C", cookie) if cookie else ()),
        ]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        content = json.loads(report.read_text(encoding="utf-8"))
    found = []
    for group in ("vulnerabilities", "anomalies"):
        for kind, entries in content[group].items():
            for entry in entries:
                about = f"{entry['info']} ({entry.get('parameter') or '-'})"
                found.append(Finding("wapiti", kind, _general(entry["path"]), about))
    pages = content["infos"].get("crawled_pages_nbr", "?")
    sys.stdout.write(f"wapiti as {who or 'a visitor'}: {pages} pages, {len(found)} findings\n")
    return sorted(set(found), key=str)


def _wapiti() -> Path:
    program = WAPITI / "bin" / "wapiti"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(WAPITI)], check=True)
        subprocess.run([str(WAPITI / "bin" / "pip"), "install", "--quiet", f"wapiti3=={WAPITI_VERSION}"], check=True)
    return program


def schemathesis(url: str, examples: int) -> list[Finding]:
    """What schemathesis finds in the API as a visitor: server errors, answers that the document does not allow."""
    with tempfile.TemporaryDirectory(prefix="tongban-schemathesis-") as folder:
        report = Path(folder) / "junit.xml"
        command = [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/api/openapi.json"),
            *("--checks", "not_a_server_error,response_schema_conformance,ignored_auth,use_after_free"),
            *("--max-examples", str(examples), "--report", "junit", "--report-junit-path", str(report)),
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
        if not report.exists():
            raise SystemExit(f"schemathesis did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        text = report.read_text(encoding="utf-8")
    if "<testcase " not in text:
        raise SystemExit(f"schemathesis found nothing to call: {done.stdout[-2000:]}")
    found = []
    for case in re.finditer(r'<testcase name="([^"]+)"[^>]*>(.*?)</testcase>', text, re.DOTALL):
        failures = re.finditer(r"<(?:failure|error)[^>]*message=\"([^\"]*)\"", case[2])
        found += [Finding("schemathesis", "failure", case[1], " ".join(one[1].split())[:300]) for one in failures]
    sys.stdout.write(f"schemathesis: {text.count('<testcase ')} operations, {len(found)} findings\n")
    return found


def _general(path: str) -> str:
    """An address without what differs from run to run."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", path)


if __name__ == "__main__":
    sys.exit(main())
