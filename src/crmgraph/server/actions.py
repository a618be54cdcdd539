"""The actions that crmgraph ships: each class makes a mutation in the schema that is served and printed."""

from __future__ import annotations

from crmgraph.actions.bin import Purge, Restore
from crmgraph.actions.deciding import CancelDuplicateScan, DismissDuplicates, ScanForDuplicates
from crmgraph.actions.erasing import EraseSubject
from crmgraph.actions.file_links import CreateFileLink
from crmgraph.actions.marking import BookmarkTimelineEntry, MarkTimelineSeen, PinTimelineEntry
from crmgraph.actions.merging import Merge
from crmgraph.actions.portable import ExportSubject
from crmgraph.actions.reminding import DismissReminder, SnoozeReminder
from crmgraph.actions.sharing import Assign, ShareRecord, UnshareRecord
from crmgraph.actions.tokens import CreateToken, RevokeToken
from crmgraph.actions.unmerging import Unmerge
from crmgraph.crm.activities.closing import (
    CancelActivities,
    CancelActivity,
    CompleteActivities,
    CompleteActivity,
    ReopenActivity,
)
from crmgraph.crm.activities.converting import (
    ConvertActivityToCase,
    ConvertActivityToLead,
    ConvertActivityToOpportunity,
)
from crmgraph.crm.activities.resolving import ResolveParties
from crmgraph.crm.activities.splitting import EndSeries, SplitSeries
from crmgraph.importing.mutations import CancelImport, StartImport, UndoImport
from crmgraph.schema.customizing import CUSTOMIZING
from crmgraph.schema.packaging import PACKAGING
from crmgraph.server.cdm import ImportCdm

ACTIONS: tuple[type, ...] = (
    Restore, Purge, Assign, ShareRecord, UnshareRecord,
    StartImport, CancelImport, UndoImport, *CUSTOMIZING, *PACKAGING, ImportCdm, CreateToken, RevokeToken,
    CreateFileLink, ExportSubject, EraseSubject, PinTimelineEntry, BookmarkTimelineEntry, MarkTimelineSeen,
    Merge, Unmerge, ResolveParties,
    ScanForDuplicates, CancelDuplicateScan, DismissDuplicates,
    DismissReminder, SnoozeReminder, CompleteActivity, CancelActivity, ReopenActivity, CompleteActivities,
    CancelActivities, ConvertActivityToOpportunity, ConvertActivityToLead, ConvertActivityToCase, SplitSeries,
    EndSeries,
)  # fmt: skip
