"""A CouchDB server as the county's operator asks it: one request, its answer, and what went wrong in one sentence.

Through `ibmcloudant`, the maintained SDK, which comes with the extra `couchdb`. Records travel by our own replicator (`peer`).
Nothing here knows what a county is.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from county_hub.couchdb.records import RecordsPeer
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from sync.errors import BadRequest
from sync.remote.address import parse_address, parse_auth, redact

LEAST_VERSION = (3, 5)
FEW_COPIES_S = (0.2, 0.5, 1.0)      # before what too few copies took is written once more
CONNECT_S, ANSWER_S = 10, 120      # `_dbs_info` of a busy cluster takes its time
LOCKED = "temporarily locked"      # CouchDB 3.4 and newer, after several wrong passwords: 403 for five minutes, right ones too
ASKED_AT_ONCE = 100                # names of one `_dbs_info`: CouchDB's `max_db_number_for_dbs_info_req`


class StoreProblem(HubProblem):
    """A server that cannot be used as it is, or a request that it refused. `status` is HTTP's, 0 without an answer."""

    def __init__(self, sentence: str, status: int = 0, error: str = "") -> None:
        super().__init__(sentence)
        self.status, self.error = status, error


def account_of(file: Path | None) -> tuple[str, str] | None:
    """(name, password) of a file that holds `name:password` on one line (also `/dev/fd/N`), else of the service's credential
    `couchdb`; never of the address. Raises `HubProblem`."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if file is None and folder and (Path(folder) / "couchdb").exists():
        file = Path(folder) / "couchdb"
    if file is None:
        return None
    try:
        return parse_auth(file.expanduser().read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError, BadRequest) as error:
        reason = os_reason(error) if isinstance(error, OSError) else t("couchdb.one_line")
        raise HubProblem(t("couchdb.bad_admin_file", file=file, reason=reason)) from None


class StoreServer:
    """`auth` is what `account_of` gives: a URL with a name or a password in it is refused, for everybody on the machine sees a
    command line. `ca`: a file of trusted certificates. Raises `HubProblem` for what is no address, and without the extra."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None, ca: str | None = None) -> None:
        if "@" in url or "%40" in url.partition("://")[2].partition("/")[0]:
            raise UsageProblem(t("couchdb.secret_in_url"))
        try:
            parsed = parse_address(f"{url.rstrip('/')}/_", auth)
        except BadRequest:
            raise StoreProblem(t("couchdb.bad_url", url=redact(url))) from None
        self.address, self.auth, self.ca = parsed.server, parsed.auth, ca
        self._sdk, self._api_error, self._line_error = _client(self.address, self.auth, ca)

    def __repr__(self) -> str:
        return f"StoreServer({self.address!r})"

    def close(self) -> None:
        self._sdk.get_http_client().close()

    def peer(self, there: str) -> RecordsPeer:
        """Database `there`, as our replicator takes it: without what is the server's business. Close it."""
        return RecordsPeer(f"{self.address}/{quote(there, safe='')}", auth=self.auth, ca=self.ca)

    # --- the server ------------------------------------------------------------------------------------------------

    def welcome(self) -> dict[str, Any]:
        return _object(self._told(lambda: self._sdk.get_server_information()), self.address)

    def date(self) -> int | None:
        """Its clock by the `Date` of an answer, ms since 1970 UTC; None where it sends none."""
        told = self._told(lambda: self._sdk.get_server_information(), with_headers=True).get("date", "")
        try:
            return int(parsedate_to_datetime(told).timestamp()) * 1000
        except (ValueError, OverflowError):
            return None

    def roles(self) -> list[str]:
        """What the server takes us for."""
        session = _object(self._told(lambda: self._sdk.get_session_information()), self.address)
        context = session.get("userCtx")
        found = context.get("roles") if isinstance(context, dict) else None
        return [str(role) for role in found] if isinstance(found, list) else []

    def names(self, prefix: str) -> list[str]:
        """All databases whose names begin so."""
        first, last = (json.dumps(bound, ensure_ascii=False) for bound in (prefix, prefix + "\uffff"))
        told = self._told(lambda: self._sdk.get_all_dbs(start_key=first, end_key=last))
        names = told if isinstance(told, list) else []
        return sorted(name for name in names if isinstance(name, str) and name.startswith(prefix))

    def infos(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What `_dbs_info` says of those that exist."""
        found = dict[str, dict[str, Any]]()
        for start in range(0, len(names), ASKED_AT_ONCE):
            part = list(names[start : start + ASKED_AT_ONCE])
            told = self._or_none(functools.partial(self._sdk.post_dbs_info, keys=part))
            if told is None:        # pouchdb-server has no such request
                told = [{"key": name, "info": self._or_none(functools.partial(self._sdk.get_database_information, name))}
                        for name in part]
            for each in told if isinstance(told, list) else ():
                if isinstance(each, dict) and each.get("key") in part and isinstance(each.get("info"), dict):
                    found[each["key"]] = each["info"]
        return found

    def membership(self) -> tuple[list[str], list[str]] | None:
        """(nodes that answer, nodes that belong to the cluster); None: the server knows no such thing."""
        told = self._or_none(lambda: self._sdk.get_membership_information())
        if told is None:
            return None
        return sorted(map(str, told.get("all_nodes", ()))), sorted(map(str, told.get("cluster_nodes", ())))

    def setting(self, section: str, key: str) -> str | None:
        """A setting of the node that answers; None: not set, or not told."""
        told = self._or_none(lambda: self._send("GET", f"/_node/_local/_config/{section}/{key}"))
        return str(told) if told is not None else None

    def script_engine(self) -> str:
        """What runs the functions of design documents on the node that answers; "" where it is not told."""
        told = self._or_none(lambda: self._send("GET", "/_node/_local/_versions"))
        engine = told.get("javascript_engine") if isinstance(told, dict) else None
        return str(engine.get("name", "")) if isinstance(engine, dict) else ""

    # --- a database --------------------------------------------------------------------------------------------------

    def create(self, name: str, *, q: int, n: int) -> bool:
        """False: it was there."""
        try:
            self._told(lambda: self._send("PUT", f"/{quote(name, safe='')}", params={"q": q, "n": n}))
        except StoreProblem as no:
            if no.error == "file_exists":
                return False
            raise
        return True

    def document(self, database: str, id: str) -> dict[str, Any] | None:
        """The winning revision; None when there is none, or no database."""
        told = self._or_none(lambda: self._design(database, id) if id.startswith("_design/") else
                             self._sdk.get_document(db=database, doc_id=id))
        return _object(told, self.address) if told is not None else None

    def write(self, database: str, id: str, doc: dict[str, Any]) -> None:
        """Over what `_rev` names. Raises `StoreProblem`, also when too few copies took it (202 is no acknowledgement): of a
        database that was just made not every node knows its shards yet, so that is tried again, over our own document alone."""
        where = "_design/" if id.startswith("_design/") else ""
        path = f"/{quote(database, safe='')}/{where}{quote(id.removeprefix(where), safe='')}"
        for pause in (*FEW_COPIES_S, None):
            if self._told(functools.partial(self._send, "PUT", path, data=doc), with_status=True) != 202:
                return
            if pause is None:
                break
            time.sleep(pause)
            there = self.document(database, id) or {}
            if {**there, "_rev": ""} != {**doc, "_id": id, "_rev": ""}:
                break       # somebody else's by now
            doc = {**doc, "_rev": there["_rev"]}
        raise StoreProblem(t("couchdb.too_few_copies", url=self.address, name=database), 202)

    def security(self, database: str) -> dict[str, Any]:
        return _object(self._told(lambda: self._sdk.get_security(db=database)), self.address)

    def secure(self, database: str, security: dict[str, Any]) -> None:
        self._told(lambda: self._send("PUT", f"/{quote(database, safe='')}/_security", data=security))

    def _design(self, database: str, id: str) -> Any:
        return self._sdk.get_design_document(db=database, ddoc=id.removeprefix("_design/"))

    def _send(self, method: str, path: str, **parts: Any) -> Any:
        """A request for which the SDK has no name, or leaves out what we need."""
        return self._sdk.send(self._sdk.prepare_request(method, path, headers={}, **parts))

    # --- answers -------------------------------------------------------------------------------------------------------

    def _or_none(self, call: Callable[[], Any]) -> Any:
        """None where the server has no such thing."""
        try:
            return self._told(call)
        except StoreProblem as no:
            if no.status in (404, 405, 501):
                return None
            raise

    def _told(self, call: Callable[[], Any], *, with_status: bool = False, with_headers: bool = False) -> Any:
        try:
            answer = call()
        except self._api_error as error:
            raise self._refused(error) from None
        except RecursionError:      # JSON without end
            raise StoreProblem(t("couchdb.no_couchdb", url=self.address)) from None
        except self._line_error as error:
            raise StoreProblem(t("couchdb.unreachable", url=self.address, reason=os_reason(error))) from None
        told = answer.get_result()
        if told is not None and not isinstance(told, (dict, list, str)):
            try:        # pouchdb-server sends its JSON as plain text
                told = told.json()
            except ValueError:
                raise StoreProblem(t("couchdb.no_couchdb", url=self.address)) from None     # a page of something else
        return answer.get_status_code() if with_status else answer.get_headers() if with_headers else told

    def _refused(self, error: Any) -> StoreProblem:
        status = int(error.status_code)
        try:
            said = error.http_response.json()
            word, reason = self._told_by_it(said["error"]), self._told_by_it(said.get("reason", ""))
        except Exception:       # whatever else answers here
            return StoreProblem(t("couchdb.no_couchdb", url=self.address), status)
        if status == 401:
            return StoreProblem(t("couchdb.bad_password", url=self.address), status, word)
        if status == 403 and LOCKED in reason:
            return StoreProblem(t("couchdb.locked", url=self.address), status, word)
        if status == 403:
            return StoreProblem(t("couchdb.no_right", url=self.address), status, word)
        return StoreProblem(t("couchdb.refused", url=self.address, status=status, reason=f"{word}: {reason}"), status, word)


    def _told_by_it(self, words: object) -> str:
        """On one line, and never the password, whatever the server sends back."""
        said = " ".join(str(words).split())
        return (said.replace(self.auth[1], "***") if self.auth is not None and self.auth[1] else said)[:200]


def _client(address: str, auth: tuple[str, str] | None, ca: str | None) -> tuple[Any, type[Exception], type[Exception]]:
    try:
        from ibm_cloud_sdk_core import ApiException
        from ibm_cloud_sdk_core.authenticators import BasicAuthenticator, NoAuthAuthenticator
        from ibmcloudant.cloudant_v1 import CloudantV1
        from requests.exceptions import RequestException

        from county_hub.couchdb.bounded import Bounded
    except ImportError:
        raise StoreProblem(t("couchdb.no_extra")) from None
    logging.getLogger("ibm-cloud-sdk-core").setLevel(logging.CRITICAL)      # it prints a traceback of what is raised as well
    try:
        made = CloudantV1(authenticator=BasicAuthenticator(*auth) if auth else NoAuthAuthenticator())
        made.set_service_url(address)
    except ValueError:       # quotes or braces around a name are taken for a slip
        raise StoreProblem(t("couchdb.bad_password", url=address)) from None
    client = made.get_http_client()
    client.trust_env = False
    client.mount(f"{address}/", Bounded(ANSWER_S))
    made.set_http_config({"timeout": (CONNECT_S, ANSWER_S), "allow_redirects": False, **({"verify": ca} if ca else {})})
    return made, ApiException, RequestException


def _object(told: Any, address: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise StoreProblem(t("couchdb.no_couchdb", url=address))
    return told
