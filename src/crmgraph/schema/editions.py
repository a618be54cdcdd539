"""The edition in force in a process: requests are answered with it, and a newer one takes its place while they are."""

from __future__ import annotations

import asyncio

from crmgraph.errors import RequestError
from crmgraph.schema.collecting import let_go
from crmgraph.schema.edition import Edition, load_edition
from crmgraph.schema.resolve import Answer, Request, execute, formatted, refusal
from crmgraph.sql.customizations import load_revision
from crmgraph.sql.database import Database, Outdated
from crmgraph.sql.principals import Principals

ATTEMPTS = 5  # publishes that may overtake one request


class Editions:
    """Answers operations with the metadata in force; `current` is swapped whole, requests at work keep theirs."""

    def __init__(self, database: Database, edition: Edition, principals: Principals | None = None) -> None:
        self.database, self.current = database, edition
        self.principals = principals or Principals(database)
        self.loading = asyncio.Lock()

    async def execute(self, request: Request) -> Answer:
        """Carry out one operation; once more if other metadata, or rights, came into force before it was through."""
        for _ in range(ATTEMPTS):
            edition = self.current
            try:
                answer = await execute(edition, self.database, request)
            except Outdated:
                if not await self.catch_up(edition, request):
                    return signed_out(request.caller.locale)
                continue
            if answer.edition is not None:
                self.replace(edition, answer.edition)
            elif (answer.unread or answer.kind == "refused") and await self.is_outdated(edition):
                continue
            return answer
        return await execute(self.current, self.database, request)

    async def catch_up(self, edition: Edition, request: Request) -> bool:
        """Take up what came into force meanwhile: other metadata, other rights; false if the user is gone."""
        before = request.caller.principal
        if not before.policy.unlimited:
            now = await self.principals.again(edition.registry, before)
            if now is None or (now.access != before.access and not await request.terms.still()):
                return False
            request.caller.principal = now
            if now.access != before.access and await load_revision(self.database) == edition.registry.revision:
                return True
        await self.refresh(edition)
        return True

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

    async def fresh_for(self, request: Request) -> Edition:
        """The same; the request gets the rights of now."""
        await self.is_outdated(self.current)
        before = request.caller.principal
        principal = await self.principals.again(self.current.registry, before)
        if principal is None or (principal.access != before.access and not await request.terms.still()):
            raise RequestError("UNAUTHENTICATED", "http_unauthenticated")
        request.caller.principal = principal
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


def signed_out(locale: str) -> Answer:
    """The user who asks is no longer there."""
    error = RequestError("UNAUTHENTICATED", "http_unauthenticated")
    return refusal(error.code, [formatted(error, locale)])
