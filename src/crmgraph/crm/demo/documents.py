"""Chapter six: quotes become orders, orders become invoices; each copies the lines of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crmgraph.crm.demo.deals import Deal, add_lines
from crmgraph.crm.demo.pricing import totals
from crmgraph.crm.demo.story import Row, Story

INVOICE_AFTER, PAID_AFTER = 12, 30  # days


def tell_documents(story: Story, deals: Sequence[Deal]) -> None:
    """The papers of every deal that came so far."""
    for deal in deals:
        if deal.stage < 2 or (deal.outcome == "lost" and story.chance(0.6)):
            continue
        tell_quotes(story, deal)
        if deal.outcome == "won":
            tell_order(story, deal)


def head(deal: Deal) -> dict[str, Any]:
    """What quote, order and invoice have in common."""
    account = deal.client.account
    place = {f"{to}_{part}": account[f"address_1_{part}"] for to in ("bill_to", "ship_to") for part in PARTS}
    return {
        "name": deal.row["name"],
        "customer": account,
        "opportunity": deal.row,
        "price_list": deal.price_list,
        "currency": deal.row["currency"],
        "payment_terms": account["payment_terms"],
        "shipping_method": "full_load" if deal.client.kind == "dealer" else "dhl",
        "email": deal.person.row["email"],
        "bill_to_name": account["name"],
        "ship_to_name": account["name"],
        "ship_to_contact_name": deal.person.name,
        **place,
        **totals(deal.lines, deal.terms),
    }


PARTS = ("street", "city", "state_or_province", "postal_code", "country")


def tell_quotes(story: Story, deal: Deal) -> None:
    """The quote; some were revised before."""
    day = min(deal.opened + (deal.closes - deal.opened) // 2, -2)
    number, revision = story.next_number("QUO"), 0
    if story.chance(0.14) and day < -8:
        first = quote(story, deal, day - 5, (number, 0), "closed.revised")
        close(story, "quote", first, deal, "Revised")
        revision = 1
    state = {"won": "won.won", "lost": "closed.lost"}.get(deal.outcome) or story.pick(
        ("active.open", "active.open", "draft")
    )
    deal.quote = quote(story, deal, day, (number, revision), state)
    if deal.outcome != "open":
        close(story, "quote", deal.quote, deal, "Won" if deal.outcome == "won" else "Lost")


def quote(story: Story, deal: Deal, day: int, number: tuple[str, int], state: str) -> Row:
    open_ = state.startswith(("active", "draft"))
    ended = min(day + 3, -1) if state == "closed.revised" else deal.closes
    row = story.add(
        "quote", story.moment(day), deal.client.seller.row, **head(deal), quote_number=number[0],
        revision_number=number[1],
        state=state, effective_from=story.date(day), effective_to=story.date(day + 45), expires_on=story.date(day + 45),
        closed_on=None if open_ else story.date(ended), changed=None if open_ else story.moment(ended),
        requested_delivery_date=story.date(deal.closes + 14),
    )  # fmt: skip
    deal.line_rows = add_lines(story, "quote_product", deal, {"quote": row}, more={"salesperson": deal.client.seller})
    return row


def close(story: Story, kind: str, document: Row, deal: Deal, word: str) -> None:
    """The activity that closed a quote or an order."""
    when = document["modified_on"]
    revision = document.get("revision_number", 0)
    story.add(
        f"{kind}_close", when, deal.client.seller.row, subject=f"{word}: {document['name']}"[:400], regarding=document,
        state="completed.completed", actual_end=when, sort_date=when, is_regular_activity=False, revision=revision,
        **{kind: document, f"{kind}_number": document[f"{kind}_number"]},
    )  # fmt: skip


def tell_order(story: Story, deal: Deal) -> None:
    """The order of a won quote: as far as the days since then allow."""
    age = -deal.closes
    canceled = story.chance(0.04)
    state = "canceled" if canceled else "invoiced" if age > INVOICE_AFTER else "submitted" if age > 3 else "active.new"
    if state == "invoiced" and story.chance(0.15):
        state = "fulfilled.complete"
    shipped = state in ("invoiced", "fulfilled.complete")
    row = story.add(
        "order", story.moment(deal.closes), deal.client.seller.row, **head(deal), order_number=story.next_number("ORD"),
        quote=deal.quote, state=state, is_price_locked=True, requested_delivery_date=story.date(deal.closes + 14),
        submitted_on=story.date(deal.closes) if state != "active.new" else None, campaign=deal.row.get("campaign"),
        fulfilled_on=story.date(min(deal.closes + 10, -1)) if shipped else None,
        changed=story.moment(min(deal.closes + 10, -1)) if shipped or canceled else None,
    )  # fmt: skip
    deal.order = row
    deal.line_rows = add_lines(
        story, "order_product", deal, {"order": row}, deal.line_rows, {"salesperson": deal.client.seller}
    )
    for line in deal.line_rows if shipped else ():
        line["quantity_shipped"] = line["quantity"]
    if shipped or canceled:
        close(story, "order", row, deal, "Canceled" if canceled else "Fulfilled")
    if state == "invoiced":
        tell_invoice(story, deal)


def tell_invoice(story: Story, deal: Deal) -> None:
    """The invoice of a delivered order, paid after a month if all goes well."""
    day = min(deal.closes + INVOICE_AFTER, -1)
    paid = -day > PAID_AFTER and not (deal.client.account.get("credit_on_hold") or story.chance(0.1))
    state = "paid.complete" if paid else "canceled" if story.chance(0.04) else "active.billed"
    assert deal.order is not None
    when = story.moment(day)
    row = story.add(
        "invoice", when, deal.client.seller.row, **head(deal), invoice_number=story.next_number("INV"),
        order=deal.order,
        state=state, is_price_locked=True,
        due_date=story.date(day) + timedelta(60 if deal.client.kind == "dealer" else 30),
        delivered_on=deal.order["fulfilled_on"],
        changed=story.moment(day + story.between(10, PAID_AFTER)) if paid else None,
    )  # fmt: skip
    deal.invoice = row
    more = {"salesperson": deal.client.seller, "delivered_on": deal.order["fulfilled_on"]}
    lines = add_lines(story, "invoice_product", deal, {"invoice": row}, deal.line_rows, more)
    for line in lines:
        line["quantity_shipped"] = line["quantity"]
    deal.line_rows = lines
