"""Settings of the hub: environment `COUNTY_HUB_*` first, then `hub.toml` in HOME, then the defaults here.

Identity (county, hub id, epoch) is not a setting: it lives in `registry` and cannot be edited by accident.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import UsageProblem
from shared.ledger.os_words import read_reason
from shared.ledger.texts import t

LEAST_TOKEN = 20        # letters; whoever guesses it reads figures of the county
DEFAULT_FILE = Path(__file__).parent / "default_settings.toml"

_HELPER = re.compile(r"(stun|turn)s?:[A-Za-z0-9.\[\]:_-]{1,200}(\?transport=(udp|tcp))?")      # RFC 7064, 7065

# pydantic's error types -> the remedy's key in the catalogue.
_REMEDY = {
    "int_parsing": "integer",
    "int_type": "integer",
    "int_from_float": "integer",
    "float_parsing": "number",
    "float_type": "number",
    "bool_parsing": "boolean",
    "bool_type": "boolean",
    "string_type": "text",
    "extra_forbidden": "unknown",
    "proxies": "proxies",
    "metrics_token": "metrics_token",
    "room_servers": "room_servers",
    "room_turn_secret": "room_turn_secret",
    "room_turn_only": "room_turn_only",
    "small_cell_one": "small_cell_one",
    "small_cell_source": "small_cell_source",
}


class HubSettings(BaseSettings):
    """Tunables. Units are in the names; each bound keeps the hub usable."""

    model_config = SettingsConfigDict(env_prefix="COUNTY_HUB_", extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """Address that `serve` listens on; devices need one of the network, or 0.0.0.0."""
    public_url: str = ""
    """Where devices find the hub, the best first, separated by commas: an address of the offices' network, then the public one.
    Goes into enrolment codes."""
    portal_url: str = ""
    """Where citizens ask, printed on slips; devices learn it from the directory."""
    tls_cert: str = ""
    """Certificate (PEM, relative to HOME) that `serve` speaks TLS with. A certificate without a key is a proxy's: devices learn
    its key from the enrolment code."""
    tls_key: str = ""
    """The key of that certificate; with both, `serve` speaks https."""
    proxies: str = ""
    """Reverse proxies of ours, addresses or networks separated by commas: what they say of their clients is believed."""
    silent_days: int = Field(default=3, ge=1, le=365)
    """After so many days without contact an office is shown red."""
    enrol_hours: int = Field(default=72, ge=1, le=24 * 30)
    """How long an enrolment code is good."""
    enrol_tries: int = Field(default=5, ge=1, le=50)
    """How often a code may be mistyped."""
    session_hours: int = Field(default=8, ge=1, le=72)
    """How long a sign-in at the console lasts."""
    audit_days: int = Field(default=1095, ge=180, le=3650)
    """How long the audit log is kept: three years, as long as a claim may take; the law asks for six months at least (网络安全法
    Art 23)."""
    device_quota_mb: int = Field(default=2048, ge=1, le=1_000_000)
    """What one device may store in one database at once; beyond it the device waits, nothing is lost."""
    device_quota_mb_a_day: int = Field(default=256, ge=1, le=100_000)
    """How much of that comes back each day."""
    orphan_days: int = Field(default=90, ge=7, le=3650)
    """How long chunks of files and sealed bodies that no record names are kept: their record may be on its way."""
    portal_demands_a_day: int = Field(default=20, ge=1, le=1000)
    """What citizens hand in over the portal: so many a day from one address, with the little work that a browser does."""
    portal_demands_without_script: int = Field(default=3, ge=0, le=100)
    """The same for browsers that run no script."""
    portal_demands_a_phone: int = Field(default=5, ge=1, le=100)
    """The same from one telephone."""
    portal_work_bits: int = Field(default=14, ge=0, le=24)
    """How much work that is: each bit more doubles it."""
    portal_answer_days: int = Field(default=2, ge=1, le=15)
    """Days until a citizen is answered, as the portal promises."""
    portal_keep_days: int = Field(default=30, ge=1, le=365)
    """How long after the answer what was said is kept; no longer than needed (个人信息保护法 Art 19)."""
    room_hours: int = Field(default=12, ge=1, le=24 * 14)
    """How long after its beginning the link of a meeting online is good."""
    room_keep_days: int = Field(default=7, ge=1, le=365)
    """How long links, names and drafts of minutes of a meeting are kept after its end; what is for ever stands in records."""
    room_away_seconds: int = Field(default=30, ge=0, le=600)
    """How long the line of who leads a meeting online may be away before another officer can take it: a telephone that changes
    from one network to another is back within half a minute."""
    room_recording: bool = False
    """Meetings online may be recorded, with the consent of everybody in the room."""
    room_stun: str = ""
    """STUN servers of the county for meetings online, as `stun:host:3478`, separated by commas; none where everybody is in one
    network."""
    room_turn: str = ""
    """TURN servers that carry a meeting where lines do not meet, as `turn:host:3478?transport=udp`, separated by commas."""
    room_turn_secret: str = Field(default="", max_length=200, validate_default=True)
    """Its `static-auth-secret` (coturn with `use-auth-secret`), at least 20 characters; a must with `room_turn`."""
    room_turn_only: bool = False
    """All picture and sound goes through the TURN servers, so that parties do not learn each other's network addresses; needs
    `room_turn`."""
    page_size: int = Field(default=50, ge=5, le=500)
    """Rows on a page of the console."""
    follow_seconds: float = Field(default=1.0, ge=0.02, le=60)
    """How often databases are looked at while nothing moves."""
    workers: int = Field(default=-1, ge=-1, le=16)
    """Processes beside the server that route records; beside two or more, another one makes the console's tables. 0: the server
    does all itself. -1: by the cores of the machine, 0 on one core."""
    ready_lag_seconds: int = Field(default=120, ge=5, le=86_400)
    """How long records may wait for the router or the tables before `/_ready` says 503."""
    metrics_from: str = "127.0.0.1,::1"
    """Addresses or networks that may read `/_hub/metrics`, separated by commas."""
    metrics_token: str = Field(default="", max_length=200)
    """Who sends this as a bearer may read them from anywhere; at least 20 characters."""
    couchdb_prefix: str = Field(default="", max_length=60)
    """How names of this county's databases begin on Apache CouchDB; empty: `county-<office id>-`. Kept once they are made."""
    couchdb_outbox_days: int = Field(default=30, ge=1, le=365)
    """How long an edge remembers what it brought into CouchDB, to offer it again."""
    couchdb_look_seconds: float = Field(default=5.0, ge=0.2, le=300)
    """How often an edge looks at what others have brought into CouchDB."""
    couchdb_clock_seconds: float = Field(default=300, ge=10, le=86_400)
    """How far the clock of this machine may be from CouchDB's: beyond it the hub says so, and an edge sends devices to the
    next address. Kerberos takes five minutes for the most that a kept clock is off."""
    couchdb_devices_seconds: float = Field(default=300, ge=0.2, le=86_400)
    """How often one of several hubs tells the others what it has heard of devices. Each time writes the devices of every township
    that synced; the figures serve people who look after devices, minutes old is new enough."""
    couchdb_ca: str = ""
    """Certificates (PEM, relative to HOME) that an https address of CouchDB is believed by; empty: those of the system."""
    webhook_networks: str = ""
    """Private networks that notices to other systems may go to (`10.20.0.0/16`), separated by commas; none else of this machine
    or behind it."""
    webhook_ca: str = ""
    """Certificates (PEM, relative to HOME) of an authority that other systems in the county's network have their own from."""
    api_calls_a_minute: int = Field(default=120, ge=1, le=10_000)
    """How often one token may ask the interface for other systems in a minute."""
    map_outlines: str = ""
    """Outlines of places for the page of analysis: GeoJSON (relative to HOME) that the county may show, its features named by
    `code` or `name`; empty: a map of tiles."""
    map_outlines_source: str = Field(default="", max_length=200)
    """Where those outlines are from, printed below the map."""
    portal_catalogues: str = ""
    """A folder (relative to HOME) with texts of the citizen's page in other languages, a folder each with `language.toml`,
    `portal.toml` and, for meetings, `room.toml`; where one is there the page offers it. What it lacks is shown in Chinese;
    empty: Chinese alone."""
    wall_token: str = Field(default="", max_length=200)
    """The word that opens `/console/wall` on the screen in the hall, which shows no names; at least 20 characters."""
    demo: bool = False
    """Marks every screen as DEMO."""
    small_cell: int = Field(default=0, ge=0, le=50)
    """Cells of public figures from 1 to one less are hidden; 0: the shipped threshold (`shared/data/figures.toml`)."""
    small_cell_source: str = Field(default="", max_length=200, validate_default=True)
    """Who set the county's own `small_cell`; a must with it."""

    @field_validator("metrics_token", "wall_token")
    @classmethod
    def _is_long(cls, value: str) -> str:
        if value and len(value) < LEAST_TOKEN:
            raise PydanticCustomError("metrics_token", "too short")
        return value

    @field_validator("room_stun", "room_turn")
    @classmethod
    def _are_helpers(cls, value: str) -> str:
        if not all(map(_HELPER.fullmatch, _listed(value))):
            raise PydanticCustomError("room_servers", "no server")
        return value

    @field_validator("room_turn_secret")
    @classmethod
    def _guards_turn(cls, value: str, info: ValidationInfo) -> str:
        if len(value) < LEAST_TOKEN and (value or info.data.get("room_turn")):
            raise PydanticCustomError("room_turn_secret", "too short")
        return value

    @field_validator("room_turn_only")
    @classmethod
    def _has_a_way(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("room_turn"):
            raise PydanticCustomError("room_turn_only", "no TURN server")
        return value

    @field_validator("proxies", "metrics_from", "webhook_networks")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for each in filter(None, map(str.strip, value.split(","))):
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise PydanticCustomError("proxies", "no address") from None
        return value

    @staticmethod
    def listed(value: str) -> list[str]:
        """The parts of a setting that names several."""
        return _listed(value)

    def addresses(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.public_url.replace("，", ",").split(","))))

    def metrics_list(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.metrics_from.split(","))))

    def proxy_list(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.proxies.split(","))))

    @field_validator("small_cell")
    @classmethod
    def _hides_something(cls, value: int) -> int:
        if value == 1:
            raise PydanticCustomError("small_cell_one", "1 hides nothing")
        return value

    @field_validator("small_cell_source")
    @classmethod
    def _says_who(cls, value: str, info: ValidationInfo) -> str:
        """A number of the county's own needs its source."""
        if info.data.get("small_cell") and not value.strip():
            raise PydanticCustomError("small_cell_source", "say who set small_cell")
        return value.strip()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # hub.toml arrives as init arguments: the environment of the service wins over the file.
        return env_settings, init_settings


def _listed(value: str) -> list[str]:
    return [*filter(None, map(str.strip, value.split(",")))]


def load_settings(home: HubHome) -> HubSettings:
    """Settings of this HOME; `UsageProblem` names the field, the value and the remedy."""
    try:
        return HubSettings(**_read_toml(home))
    except ValidationError as error:
        raise UsageProblem(_sentence(home, error)) from None


def _read_toml(home: HubHome) -> dict[str, Any]:
    try:
        return tomllib.loads(home.settings_file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(t("hub.settings.bad_toml", file=home.settings_file, reason=read_reason(error))) from None


def _sentence(home: HubHome, error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    context = first.get("ctx", {})
    if "ge" in context:
        remedy = t("hub.settings.least", bound=context["ge"])
    elif "le" in context:
        remedy = t("hub.settings.most", bound=context["le"])
    else:
        remedy = t(f"hub.settings.{_REMEDY[first['type']]}") if first["type"] in _REMEDY else first["msg"]
    return t(
        "hub.settings.bad_value",
        field=field,
        value=repr(first["input"]),
        remedy=remedy,
        file=home.settings_file,
        variable=f"COUNTY_HUB_{field.upper()}",
    )
