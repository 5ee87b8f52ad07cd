"""Clients of the tests, who speak plain HTTP on loopback for the most part: `Client`, `get`, `post` as httpx2's.

httpx2 reads all authorities of the system anew for each client, 50 ms of processor time; here they are read once.
"""

from __future__ import annotations

import ssl
from functools import partial

import httpx2

_AUTHORITIES = ssl.create_default_context()

Client = partial(httpx2.Client, verify=_AUTHORITIES)
request = partial(httpx2.request, verify=_AUTHORITIES)
stream = partial(httpx2.stream, verify=_AUTHORITIES)
get = partial(httpx2.get, verify=_AUTHORITIES)
post = partial(httpx2.post, verify=_AUTHORITIES)
put = partial(httpx2.put, verify=_AUTHORITIES)
delete = partial(httpx2.delete, verify=_AUTHORITIES)
