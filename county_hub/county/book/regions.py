"""Which region of the county an office counts for: its township, or the county itself for its own offices."""

from __future__ import annotations

from shared.ledger.published.offices import Organisation


def regions_of(organisation: Organisation) -> dict[str, str]:
    """office -> region, of every office of the directory."""
    def region(office: str) -> str:
        line = (office, *organisation.ancestors(office))
        return next((id for id in line if organisation.level_of(id) == "township"), line[-1])

    return {office: region(office) for office in organisation.offices}


def offices_in(organisation: Organisation, region: str) -> tuple[str, ...]:
    """Every office that counts for this region; none for an id that is no region."""
    return tuple(office for office, found in regions_of(organisation).items() if found == region)
