"""Which pages stand beside each other in a zone."""

from __future__ import annotations

from shared.ledger.texts import t

TABS: dict[str, tuple[tuple[str, str], ...]] = {
    "intake": (("intake", "/console/intake"), ("demands", "/console/demands"),
               ("petitions", "/console/records?kind=petition"),
               ("legal_aid", "/console/records?kind=legal_aid"), ("clinic", "/console/zone/clinic"),
               ("letters", "/console/zone/letters")),
    "dispatch": (("dispatch", "/console/dispatch"), ("slips", "/console/slips"), ("public_qa", "/console/records?kind=public_qa"),
                 ("duplicates", "/console/duplicates")),
    "mediation": (("mediation", "/console/mediation"), ("panels", "/console/records?kind=consultation"),
                  ("rooms", "/console/records?kind=online_consultation"), ("subsidy", "/console/zone/subsidy")),
    "monitor": (("monitor", "/console/monitor"), ("analysis", "/console/analysis"), ("rates", "/console/rates"),
                ("figures", "/console/figures"),
                ("warning", "/console/warning"),
                ("coverage", "/console/coverage"), ("fleet", "/console/fleet"), ("exchange", "/console/zone/exchange")),
    "offices": (("offices", "/console/offices"), ("organs", "/console/organs"), ("people", "/console/zone/people"),
                ("grids", "/console/zone/offices"), ("devices", "/console/zone/devices"), ("rules", "/console/zone/rules"),
                ("quarantine", "/console/quarantine"), ("accounts", "/console/accounts"), ("systems", "/console/zone/systems"),
                ("audit", "/console/audit")),
}


def tabs(section: str) -> list[tuple[str, str, str]]:
    return [(key, t(f"zones.tab.{key}"), href) for key, href in TABS.get(section, ())]
