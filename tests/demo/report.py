"""The table at the end of the demo, where everything lies, and `KEEP=1`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

from tests.demo.stage import ROOT, Stage, run
from village_node.point.home import Home


def table(stage: Stage) -> None:
    heads = f"{'seconds':>9}{'requests':>10}{'bytes up':>10}{'bytes down':>12}{'pulled':>8}{'pushed':>8}"
    print(f"\n{'device':<11}{'sync':>5}{'ok':>4}{heads}")
    for name, device in stage.devices.items():
        for n, figures in enumerate(device.syncs, 1):
            row = totals(figures)
            print(f"{name:<11}{n:>5}{'yes' if figures['code'] == 0 else 'no':>4}{figures['wall']:>9.2f}{row['requests']:>10}"
                  f"{row['sent']:>10}{row['received']:>12}{row['pulled']:>8}{row['pushed']:>8}")
    print(f"\n{'device':<11}{'cases':>6}{'records':>9}{'saved':>7}{'sent':>6}{'accepted':>10}{'seen':>6}{'refused':>9}")
    for name, device in stage.devices.items():
        status = run("village_node", "status", device.home, "--json").json()
        events = status["events"]
        print(f"{name:<11}{status['cases']:>6}{events['total']:>9}{events['saved']:>7}{events['sent']:>6}"
              f"{events['accepted']:>10}{events['seen']:>6}{events['refused']:>9}")
    print(f"\nwall time of the demo: {time.monotonic() - stage.started:.1f} s")


def totals(figures: dict[str, Any]) -> dict[str, int]:
    """Sums over the databases of one round, both directions."""
    made = {"requests": 0, "sent": 0, "received": 0, "pulled": 0, "pushed": 0}
    for database in figures.get("databases", {}).values():
        for direction in ("pull", "push"):
            part = database.get(direction) or {}
            made["requests"] += part.get("requests", 0)
            made["sent"] += part.get("bytes_sent", 0)
            made["received"] += part.get("bytes_received", 0)
            made["pulled" if direction == "pull" else "pushed"] += part.get("docs_written", 0)
    return made


def point_at_the_hub(stage: Stage) -> None:
    """The bad links end with the demo: afterwards the devices speak with the hub itself, so that the app can be tried."""
    for device in stage.devices.values():
        home = Home(device.home)
        home.write_config(replace(home.config(), hub_url=stage.hub.url))


def where(stage: Stage, keep: bool) -> None:
    folder = stage.folder.relative_to(ROOT)
    print(f"\ndata          {folder}/   (county, village, township, neighbour, elsewhere)")
    print(f"screenshots   {folder}/screens/")
    print(f"the app       .venv/bin/village-node app {folder}/village")
    print(f"the console   .venv/bin/county-hub serve {folder}/county --port {stage.hub.port}")
    print(f"              then http://127.0.0.1:{stage.hub.port}/console  (admin, password: {folder}/console-password.txt)")
    if not keep:
        print("              (`make demo KEEP=1` leaves hub and links running)")


def leave_running(stage: Stage) -> None:
    """Hub and links stay, and the app opens when there is a display; Enter or Ctrl-C ends everything."""
    print(f"\nLeft running: {stage.hub.url}/console")
    app = None
    if os.environ.get("DISPLAY"):
        app = subprocess.Popen([sys.executable, "-m", "village_node", "app", str(stage.devices["village"].home)], cwd=ROOT)
    try:
        print("Press Ctrl-C to end.")
        while stage.hub.process is not None and stage.hub.process.poll() is None:
            time.sleep(1)
    except KeyboardInterrupt:
        print("ending")
    finally:
        if app is not None and app.poll() is None:
            app.terminate()
            app.wait(timeout=20)
