"""The officer's inbox, a page of 50, with a million cases stored and 16 clients at once; the same over the API.

    python benchmarks/bench_inbox.py [--cases 1000000] [--seconds 15] [--clients 16]

Each client asks again as soon as it was answered. `/health` from the same server in the same run stands beside it.
"""

import argparse
import asyncio
import time
from http import HTTPStatus

from rig import Server, bearer, connected, installation, load, percentile

ROWS = 50


LINE_END = "\r\n"


async def measure(port: int, path: str, headers: list[str], seconds: float, rows: int) -> list[float]:
    """Seconds of each answer; one client for each of `headers`."""
    took: list[float] = []
    end = time.monotonic() + seconds

    async def one(header: str) -> None:
        async with connected(port) as connection:
            first = True
            while time.monotonic() < end:
                start = time.monotonic()
                said = await connection.ask("GET", path, header)
                if said.status != HTTPStatus.OK or said.body.count(b"<tr>") < rows:
                    raise SystemExit(f"{path} answered {said.status}, {len(said.body)} bytes")
                if not first:
                    took.append(time.monotonic() - start)
                elif "set-cookie" in said.headers:  # as a browser does: the token against forged requests comes back
                    token, _separator, _rest = said.headers["set-cookie"].partition(";")
                    header = f"{header.removesuffix(LINE_END)}; {token}{LINE_END}"
                first = False

    await asyncio.gather(*(one(header) for header in headers))
    return took


def sessions(usernames: list[str], clients: int) -> list[str]:
    """Cookies of officers who signed in and chose their post, as the sign-in page would set them."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from tongban.identity.actor import hats_of
    from tongban.identity.middleware import HAT_SESSION_KEY
    from tongban.identity.models import Account
    from tongban.identity.signin.session import SHOWN_KEY

    cookies = []
    for number in range(clients):
        account = Account.objects.get(username=usernames[number % len(usernames)])
        browser = Client()
        browser.force_login(account)
        session = browser.session
        session[HAT_SESSION_KEY] = hats_of(account, timezone.localdate())[0].key
        session[SHOWN_KEY] = str(account.pk)
        session.save()
        cookies.append(f"Cookie: {settings.SESSION_COOKIE_NAME}={session.session_key!s}\r\n")
    return cookies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with installation():
        import casework

        from tongban.foundation.worker import work_off

        world = casework.build()
        began = time.monotonic()
        casework.fill(options.cases)
        print(f"{options.cases} cases generated in {time.monotonic() - began:.0f} s; {load()}")
        # What a platform that ran all the while would have done long ago for cases that were made at once.
        work_off()
        cookies = sessions(world.usernames, options.clients)
        tokens = [bearer(world.reviewers[n % len(world.reviewers)]) for n in range(options.clients)]
        with Server() as server:
            for name, path, headers, rows in (
                ("inbox page", "/workbench/inbox/", cookies, ROWS),
                ("inbox over the API", f"/api/v1/inbox?limit={ROWS}", tokens, 0),
                ("health", "/health", [""] * options.clients, 0),
            ):
                asyncio.run(measure(server.port, path, headers, 2, rows))
                took = asyncio.run(measure(server.port, path, headers, options.seconds, rows))
                middle, slowest = 1000 * percentile(took, 0.5), 1000 * percentile(took, 0.99)
                rate = len(took) / options.seconds
                print(f"{name:<20} p50 {middle:6.1f} ms, p99 {slowest:6.1f} ms, {rate:6.0f}/s")
        print(load())


if __name__ == "__main__":
    main()
