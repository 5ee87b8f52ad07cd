"""What people of the county's organs write and see: of their office, through the device that the hub holds for it.

An organ has what the router brought into its database, which is what named it: nothing else can be found or opened here.
"""

from __future__ import annotations

import threading

from county_hub.county.acts import CountyActs
from county_hub.hub import hosted
from county_hub.hub.hub import Hub

_MAKING = threading.Lock()


def organ_acts(hub: Hub, office: str) -> CountyActs:
    """The desk of an organ; its device is made when the first of its people sits down. Raises `HubProblem` while the hub cannot
    publish."""
    seat = hosted.identity(hub, office)
    if seat is None or hub.directory.latest().device(seat.device) is None:
        with _MAKING:
            seat = hosted.host(hub, office)
    return CountyActs(hub, seat)
