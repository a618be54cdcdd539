"""The edition in force in a process: requests are answered with it, and a newer one takes its place while they are."""

from __future__ import annotations

import asyncio

from crmgraph.schema.collecting import let_go
from crmgraph.schema.edition import Edition, load_edition
from crmgraph.schema.resolve import Answer, Request, execute
from crmgraph.sql.customizations import load_revision
from crmgraph.sql.database import Database, Outdated

ATTEMPTS = 5  # publishes that may overtake one request


class Editions:
    """Answers operations with the metadata in force; `current` is swapped whole, requests at work keep theirs."""

    def __init__(self, database: Database, edition: Edition) -> None:
        self.database, self.current = database, edition
        self.loading = asyncio.Lock()

    async def execute(self, request: Request) -> Answer:
        """Carry out one operation; once more if other metadata came into force before it was through."""
        for _ in range(ATTEMPTS):
            edition = self.current
            try:
                answer = await execute(edition, self.database, request)
            except Outdated:
                await self.refresh(edition)
                continue
            if answer.edition is not None:
                self.replace(edition, answer.edition)
            elif (answer.unread or answer.kind == "refused") and await self.is_outdated(edition):
                continue
            return answer
        return await execute(self.current, self.database, request)

    async def is_outdated(self, edition: Edition) -> bool:
        """Whether what an edition does not know may be known by now; then the newer one is in place."""
        try:
            if await load_revision(self.database) == edition.registry.revision:
                return False
        except Exception:  # without a database the refusal stands as it is
            return False
        await self.refresh(edition)
        return True

    async def fresh(self) -> Edition:
        """The edition of what is in force now."""
        await self.is_outdated(self.current)
        return self.current

    async def refresh(self, outdated: Edition) -> None:
        """Put the edition in force into the place of an outdated one; made once, beside the running requests."""
        async with self.loading:
            if self.current is outdated:
                self.replace(outdated, await load_edition(self.database, outdated))

    def replace(self, before: Edition, after: Edition) -> None:
        """Answer with another edition from now on; the one before goes with the last request that it answers.

        If it was replaced already, by one that another request found in force, it is not replaced again.
        """
        if self.current is before:
            self.current = after
            let_go(before)
