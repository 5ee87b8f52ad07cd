"""`RemotePeer`: a CouchDB database somewhere on the network, as a `Peer`.

What lives here: the requests of the replication protocol and the shape of their answers. Every answer is checked
against what was asked: the other side may be old, foreign, broken or a captive portal. It knows nothing of
checkpoints and does not try again; that is the replicator's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Unpack
from urllib.parse import quote

import msgspec

from sync import errors
from sync import tuning as common_tuning
from sync.peer import AllDocs, BulkGetResult, CancelFlag, ChangesRequest, Doc, PeerInfo, RevsDiff, Row, WriteResult, WriteResults
from sync.remote import ranges, tuning
from sync.remote.address import parse_address
from sync.remote.changes import RemoteChanges
from sync.remote.exchange import HttpDatabase
from sync.remote.json_rows import excerpt
from sync.remote.limits import AnswerLimits
from sync.remote.line import Traffic

__all__ = ["RemotePeer", "Traffic"]


class RemotePeer:
    """`url` is the database's, `http(s)://[user:password@]host[:port]/db`. The password is never shown again.

    `auth` is (name, password), or None: then from the url, then from the environment variable SYNC_AUTH (name:password).
    `ca` is a file of trusted certificates; `pins` (`sync.remote.tls.key_mark`) are believed instead of any. `headers` go with
    every request. Timeouts are in seconds; `limits` bound what comes back. Every method raises `Unreachable` when the line fails,
    `BadAnswer` when the answer is not the protocol, and the peer's own errors.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        ca: str | None = None,
        pins: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
        connect_timeout_s: float = tuning.CONNECT_TIMEOUT_S,
        read_timeout_s: float = tuning.READ_TIMEOUT_S,
        limits: AnswerLimits | None = None,
    ) -> None:
        address = parse_address(url, auth)
        self.url = address.url          # without credentials
        self.db_name = address.db_name
        self.password_in_url = address.password_in_url
        self._ca, self._pins, self._headers = ca, pins, dict(headers or {})
        self._http = HttpDatabase(
            address, ca=ca, pins=pins, headers=self._headers, connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            limits=limits or AnswerLimits(),
        )

    def __repr__(self) -> str:
        return f"RemotePeer({self.url!r})"

    def close(self) -> None:
        self._http.close()

    # --- the line ------------------------------------------------------------------------------------------------

    @property
    def traffic(self) -> Traffic:
        return self._http.line.traffic

    @property
    def round_trip_s(self) -> float:
        """Measured, or what a poor mobile line would have."""
        return self._http.round_trip_s if self._http.round_trip_s is not None else common_tuning.ROUND_TRIP_S

    @property
    def goodput(self) -> float:
        """Bytes per second towards the peer: measured, or what a poor mobile line would have."""
        return self._http.goodput if self._http.goodput is not None else common_tuning.GOODPUT_BYTES_PER_S

    @property
    def feed_page_rows(self) -> int | None:
        """Rows to ask of the feed at once; None: all, since the server streams them."""
        return tuning.FEED_PAGE_ROWS if self._http.makes_answer_first else None

    @property
    def loads_pages_ahead(self) -> bool:
        """Whether such a page should be taken whole and the next one asked for before it is decoded: memory for time, and a cut
        would lose the page, so only where the line is short."""
        return self._http.makes_answer_first and self._http.is_near

    def twin(self) -> RemotePeer:
        """The same database over a line of its own: other connections, other counters, another cancel flag."""
        http = self._http
        other = RemotePeer(
            self.url, auth=http.address.auth, ca=self._ca, pins=self._pins, headers=self._headers,
            connect_timeout_s=http.connect_timeout_s, read_timeout_s=http.read_timeout_s, limits=http.limits,
        )
        other._http.goodput, other._http.round_trip_s, other._http.answered_by = (
            http.goodput, http.round_trip_s, http.answered_by,
        )
        return other

    def begin(self) -> None:
        """A run begins: whoever answers from now on has to be the same to its end."""
        self._http.answered_by.clear()

    def check_same(self) -> None:
        """Raises BadAnswer when more than one replica has answered since `begin`. A balancer, or an address given to another
        machine, may put another database there in mid-run; what that one holds or shows must not be taken for the first one's.
        Servers other than ours do not say which they are."""
        if len(self._http.answered_by) > 1:
            raise errors.BadAnswer(f"another database answers at {self.url} than when this run began")

    def touch(self) -> None:
        """`HEAD /db`: a connection is made and kept warm."""
        with self._http.open("HEAD", "") as answer:
            answer.read()       # a connection whose answer was not read to its end is not kept

    def set_cancel(self, flag: CancelFlag | None) -> None:
        """Make every wait of this peer end with `Cancelled` soon after the flag is set."""
        self._http.line.cancel = flag

    # --- the Peer ------------------------------------------------------------------------------------------------

    def create(self) -> bool:
        """`PUT /db`. True if it was created, False if it was there already."""
        try:
            self._http.json("PUT")
        except errors.PreconditionFailed:
            return False
        return True

    def destroy(self) -> None:
        """`DELETE /db`. Raises NotFound."""
        self._http.json("DELETE")

    def ask_server(self, method: str, path: str, body: Any = None) -> Any:
        """A question to the server that has this database (`/_up`, `/_membership`): its answer as JSON."""
        return self._http.json(method, path, body=body, server=True)

    def server_date(self) -> int | None:
        """The server's clock by its `Date`, ms since 1970 UTC in whole seconds; None where it sends none."""
        text = self._http.exchange("GET", "/", server=True).headers.get("date", "")
        try:
            return int(parsedate_to_datetime(text).timestamp()) * 1000
        except (ValueError, OverflowError):
            return None

    def info(self) -> PeerInfo:
        body = _object(self._http.json("GET"), "GET /db")
        peer_id, welcome = self._identity(body)
        update_seq = body.get("update_seq", 0)
        return PeerInfo(
            db_name=str(body.get("db_name", self.db_name)),
            peer_id=peer_id,
            update_seq=update_seq if isinstance(update_seq, int | str) else str(update_seq),
            doc_count=_count(body, "doc_count"),
            doc_del_count=_count(body, "doc_del_count"),
            epoch=str(body.get("epoch") or ""),
            extra={**body, **welcome},
        )

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> RemoteChanges:
        return RemoteChanges(self._http, request, cancel)

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        if not revs:
            return {}
        asked = {id: list(of_id) for id, of_id in revs.items()}
        body = _object(self._http.json("POST", "/_revs_diff", body=asked), "_revs_diff")
        found: dict[str, RevsDiff] = {}
        for id, entry in body.items():
            if id not in asked or not isinstance(entry, dict):
                raise errors.BadAnswer(f"_revs_diff speaks of {id!r}, which was not asked")
            missing = _strings(entry.get("missing", []), "_revs_diff")
            if not set(missing) <= set(asked[id]):
                raise errors.BadAnswer(f"_revs_diff misses revisions of {id!r} that were not asked")
            ancestors = _strings(entry.get("possible_ancestors", []), "_revs_diff")
            if missing:
                found[id] = RevsDiff(tuple(missing), tuple(ancestors))
        return found

    def bulk_get(
        self, wanted: Sequence[Mapping[str, Any]], *, revs: bool = True, latest: bool = False, attachments: bool = True
    ) -> list[BulkGetResult]:
        if not wanted:
            return []
        flags = {"revs": revs, "latest": latest, "attachments": attachments}
        body = _object(
            self._http.json(
                "POST", "/_bulk_get",
                params={name: "true" for name, on in flags.items() if on},
                body={"docs": [dict(entry) for entry in wanted]},
            ),
            "_bulk_get",
        )
        asked = {entry["id"] for entry in wanted}
        return [_bulk_get_result(entry, asked) for entry in _list(body.get("results"), "_bulk_get")]

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> WriteResults:
        if not docs:
            return WriteResults()
        body: dict[str, Any] = {"docs": list(docs)}
        if not new_edits:
            body["new_edits"] = False
        answer = self._http.exchange("POST", "/_bulk_docs", body=body)
        results = WriteResults(_write_result(entry) for entry in _list(answer.value, "_bulk_docs"))
        if not new_edits:
            asked = {doc.get("_id") for doc in docs}
            results = WriteResults(result for result in results if not result.ok)
            if any(result.id not in asked for result in results):
                raise errors.BadAnswer("_bulk_docs refuses documents that were not sent")
        elif len(results) != len(docs):
            raise errors.BadAnswer(f"_bulk_docs answered {len(results)} times for {len(docs)} documents")
        results.seqs = _seqs(answer.headers.get("x-update-seqs", ""), len(docs) - len(results) if not new_edits else len(docs))
        results.by_quorum = answer.status == 201
        return results

    def get_local(self, local_id: str) -> Doc | None:
        try:
            body = self._http.json("GET", f"/_local/{quote(local_id, safe='')}")
        except errors.NotFound as error:
            if "atabase" in error.reason or "no_db" in error.reason:
                raise               # the database is missing, not only its document
            return None
        return _object(body, "_local")

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        sent = {**doc, "_id": f"_local/{local_id}"}
        address, rev = f"/_local/{quote(local_id, safe='')}", doc.get("_rev")     # CouchDB writes over what is there
        body = _object(self._http.json("PUT", address, body=sent, over=rev), "_local")
        rev = body.get("rev")
        if not isinstance(rev, str):
            raise errors.BadAnswer("a _local document was stored without a revision")
        return rev

    # --- what a router asks beyond -------------------------------------------------------------------------------

    def all_docs(self, **asked: Unpack[AllDocs]) -> list[Row]:
        """As `LocalReplica.all_docs`."""
        return ranges.all_docs(self._http, asked)

    def purge(self, revs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """As `LocalReplica.purge`. Raises NotImplementedByPeer where the server cannot."""
        return ranges.purge(self._http, revs)

    # --- details -------------------------------------------------------------------------------------------------

    def _identity(self, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """(peer id, what the server says of itself). Ours says `replica_id`; of another CouchDB the id is the server's uuid and
        the database's name; it may be empty."""
        own = body.get("replica_id")
        if isinstance(own, str) and own:
            return own, {}
        try:
            welcome = _object(self._http.json("GET", "/", server=True), "GET /")
        except errors.PeerError:
            return "", {}
        uuid = welcome.get("uuid")
        # tried: pouchdb-server 4.2 answers `filter=_selector` with 404 and then ends with an unhandled rejection
        lacks = {"lacks_selector": True} if "express-pouchdb" in welcome else {}
        return (f"{uuid}/{self.db_name}" if isinstance(uuid, str) and uuid else ""), lacks


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise errors.BadAnswer(f"{what} answered no object: {excerpt(msgspec.json.encode(value))}")
    return value


def _list(value: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise errors.BadAnswer(f"{what} answered no list of objects: {excerpt(msgspec.json.encode(value))}")
    return value


def _strings(value: Any, what: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise errors.BadAnswer(f"{what} answered no list of revisions: {excerpt(msgspec.json.encode(value))}")
    return value


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 0)
    return value if isinstance(value, int) else 0


def _seqs(text: str, most: int) -> tuple[int, int] | None:
    """`WriteResults.seqs` as our endpoint tells them. An interval wider than what was stored cannot be ours alone."""
    before, _, after = text.partition(" ")
    if not (before.isascii() and before.isdigit() and after.isascii() and after.isdigit() and len(text) < 40):
        return None
    seqs = int(before), int(after)
    return seqs if 0 <= seqs[1] - seqs[0] <= most else None


def _write_result(entry: dict[str, Any]) -> WriteResult:
    rev, error, reason = entry.get("rev"), entry.get("error"), entry.get("reason")
    return WriteResult(
        id=str(entry.get("id", "")),
        rev=rev if isinstance(rev, str) else None,
        error=str(error) if error is not None else None,
        reason=excerpt(str(reason).encode(), 400) if reason is not None else None,
    )


def _bulk_get_result(entry: dict[str, Any], asked: set[str]) -> BulkGetResult:
    id = entry.get("id")
    if not isinstance(id, str) or id not in asked:
        raise errors.BadAnswer(f"_bulk_get speaks of {id!r}, which was not asked")
    docs: list[Doc] = []
    failures: list[dict[str, Any]] = []
    for found in _list(entry.get("docs"), "_bulk_get"):
        doc = found.get("ok")
        if doc is None:
            fault = found.get("error")
            failures.append(dict(fault) if isinstance(fault, dict) and fault else {"error": "missing"})
        elif not isinstance(doc, dict) or doc.get("_id") != id or not isinstance(doc.get("_rev"), str):
            raise errors.BadAnswer(f"_bulk_get gave another document than {id!r}")
        else:
            docs.append(doc)
    return BulkGetResult(id, tuple(docs), tuple(failures))
