/** What the three front ends look like: plain components without a word of GraphQL in them. */

import { Component, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";

const onHash = (changed: () => void) => {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
};

/** The account that the address names ("#/account/ID"), or null for the list. */
export function useAccountRoute(): string | null {
  const hash = useSyncExternalStore(onHash, () => window.location.hash);
  return /^#\/account\/(.+)$/.exec(hash)?.[1] ?? null;
}

export const accountLink = (id: string) => `#/account/${id}`;

export function Frame({ client, children }: { client: string; children: ReactNode }) {
  return (
    <>
      <nav className="bar">
        <a href="#/">crmgraph</a>
        <span className="client">{client}</span>
      </nav>
      <main>{children}</main>
    </>
  );
}

interface PanelProps {
  readonly title: string;
  readonly count?: number;
  readonly empty?: string;
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

/** A titled box; `empty` is said instead of the children when `count` is 0. */
export function Panel({ title, count, empty, footer, children }: PanelProps) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {count !== undefined && <span className="quiet">{count}</span>}
      </header>
      {count === 0 ? <p className="quiet">{empty ?? "None."}</p> : children}
      {footer && count !== 0 && <footer>{footer}</footer>}
    </section>
  );
}

interface MoreProps {
  readonly shown: number;
  readonly total: number;
  readonly hasMore: boolean;
  readonly busy: boolean;
  readonly onMore: () => void;
}

/** "20 of 131" and a button for the next page. */
export function More({ shown, total, hasMore, busy, onMore }: MoreProps) {
  return (
    <>
      <span className="quiet" role="status">{`${shown} of ${total}`}</span>
      {hasMore && (
        <button type="button" disabled={busy} onClick={onMore}>
          {busy ? "Loading …" : "Load more"}
        </button>
      )}
    </>
  );
}

export interface AccountFilter {
  readonly search: string;
  readonly industry: string;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count: number;
}

interface FiltersProps {
  readonly industries: readonly Choice[];
  readonly onChange: (filter: AccountFilter) => void;
}

/** A search box, answered once the typing rests, and a choice of industry; who has changed nothing is not told of anything. */
export function Filters({ industries, onChange }: FiltersProps) {
  const [filter, setFilter] = useState<AccountFilter>({ search: "", industry: "" });
  const told = useRef(filter);
  useEffect(() => {
    if (told.current === filter) return;
    const timer = setTimeout(() => onChange((told.current = filter)), 250);
    return () => clearTimeout(timer);
  }, [filter, onChange]);
  const change = (changes: Partial<AccountFilter>) => setFilter({ ...filter, ...changes });
  return (
    <div className="filters">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search by name or city"
        value={filter.search}
        onChange={(event) => change({ search: event.target.value })}
      />
      <select aria-label="Industry" value={filter.industry} onChange={(event) => change({ industry: event.target.value })}>
        <option value="">All industries</option>
        {industries.map((choice) => (
          <option key={choice.value} value={choice.value}>{`${choice.label} (${choice.count})`}</option>
        ))}
      </select>
    </div>
  );
}

export function Failure({ message }: { message: string }) {
  return (
    <div className="notice bad" role="alert">
      {message}
    </div>
  );
}

export const Loading = () => <p className="quiet">Loading …</p>;

/** An amount as the reader's locale writes it; amounts come as strings with their exact digits. */
export function money(amount: string | null | undefined, currency?: string | null): string {
  if (amount == null) return "–";
  const style = currency ? ({ style: "currency", currency, maximumFractionDigits: 0 } as const) : { maximumFractionDigits: 0 };
  return new Intl.NumberFormat(undefined, style).format(Number(amount));
}

export function day(date: string | null | undefined): string {
  return date ? new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(new Date(date)) : "–";
}

/** A name and a value of a record's head; left out when there is no value. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface Entry {
  readonly id: string;
  readonly occurredOn: string;
  readonly title?: string | null;
  readonly typeLabel: string;
}

export function TimelineEntry({ entry, detail }: { entry: Entry; detail?: string | null }) {
  return (
    <li>
      <time dateTime={entry.occurredOn}>{day(entry.occurredOn)}</time>
      <div>
        <span className="tag">{entry.typeLabel}</span> {entry.title}
        {detail && <div className="quiet">{detail}</div>}
      </div>
    </li>
  );
}

interface CaughtProps {
  readonly messageOf: (error: Error) => string;
  readonly children: ReactNode;
}

/** Says what went wrong in its children, for clients that throw what a query is refused with. */
export class Caught extends Component<CaughtProps, { error?: Error }> {
  override state: { error?: Error } = {};
  static getDerivedStateFromError = (error: Error) => ({ error });
  override render = () => (this.state.error ? <Failure message={this.props.messageOf(this.state.error)} /> : this.props.children);
}
