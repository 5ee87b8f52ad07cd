"""Numbers in addresses: f"/rooms/{{id:{COUNT}}}" in a route matches as many digits as the databases hold, and no more.

Starlette's own `int` takes any number of digits, and Python refuses to read thousands of them: a fault of the server that a
stranger chooses.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor

COUNT = "count"
_DIGITS = 15                # below 2^53, which JSON and SQLite hold exactly


class _Count(Convertor[int]):
    regex = f"[0-9]{{1,{_DIGITS}}}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor(COUNT, _Count())
