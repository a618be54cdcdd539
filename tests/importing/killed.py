"""An import in a process of its own, which kills itself without a word after some milliseconds: URL FOLDER TYPE MS."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from office import NOW, office_tables

from crmgraph.actions.unit import Caller
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import ImportPlan, import_file
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database


class DoomedProgress(Progress):
    """The clock runs from the first word of the import itself: the survey is behind it."""

    def __init__(self, milliseconds: float) -> None:
        self.milliseconds = milliseconds

    def show(self, report: ImportReport) -> None:
        if self.milliseconds:
            timer = threading.Timer(self.milliseconds / 1000, lambda: os.kill(os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
            self.milliseconds = 0


async def main(url: str, folder: Path, type_name: str, milliseconds: float) -> None:
    database = await open_database(url, pool=1)
    caller = Caller(trusted(), "en", None, "import", NOW)
    plan = ImportPlan(folder / "file.csv", type_name, rejects=folder / "rejects.csv", batch=50)
    await import_file(database, office_tables(), caller, plan, DoomedProgress(milliseconds))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
