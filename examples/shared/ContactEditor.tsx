/** The form that edits a contact, shows each fault beside its field, and settles a conflict with another user's edit. */

import { useState, type FormEvent } from "react";
import type { Problem } from "./problems";

const FIELDS = {
  fullName: "Full name",
  jobTitle: "Job title",
  department: "Department",
  email: "E-mail",
  businessPhone: "Phone",
} as const;
type FieldName = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as FieldName[];

export type ContactFields = { readonly [name in FieldName]?: string | null };
export type Contact = ContactFields & { readonly id: string; readonly version: number };

interface EditorProps {
  readonly contact: Contact;
  /** Write the fields that were changed; null means written. */
  readonly onSave: (changes: ContactFields, ifVersion: number) => Promise<Problem | null>;
  /** Read the contact again, past every cache. */
  readonly onReload: () => Promise<Contact | null>;
  readonly onClose: () => void;
}

const textOf = (contact: ContactFields, name: FieldName) => contact[name] ?? "";

/** What differs from `base`, as input: an emptied field is null. */
function changesOf(base: ContactFields, draft: ContactFields): ContactFields {
  const changed = NAMES.filter((name) => textOf(base, name) !== textOf(draft, name));
  return Object.fromEntries(changed.map((name) => [name, textOf(draft, name) || null]));
}

export function ContactEditor({ contact, onSave, onReload, onClose }: EditorProps) {
  const [base, setBase] = useState<Contact>(contact); // what was read; its version goes with the write
  const [draft, setDraft] = useState<ContactFields>(contact);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [theirs, setTheirs] = useState<Contact | null>(null);
  const [busy, setBusy] = useState(false);

  const write = async (from: Contact): Promise<void> => {
    setBusy(true);
    const found = await onSave(changesOf(from, draft), from.version);
    const current = found?.kind === "conflict" ? await onReload() : null;
    if (current && !Object.keys(changesOf(base, current)).length) return write(merged(base, current, draft)); // nothing that is shown here
    setBusy(false);
    setProblem(found);
    setTheirs(current);
    if (!found) onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void write(base);
  };
  const takeTheirs = (current: Contact) => {
    setBase(current);
    setDraft(current);
    setProblem(null);
    setTheirs(null);
  };

  const faults = problem?.kind === "invalid" ? problem.fields : {};
  return (
    <form className="editor" aria-label="Edit contact" onSubmit={submit} noValidate>
      {problem?.kind === "other" && <div className="notice bad" role="alert">{problem.message}</div>}
      {problem?.kind === "conflict" && theirs && (
        <div className="notice warn" role="alert">
          Someone else has changed this contact since you opened it:
          <ul>
            {Object.entries(changesOf(base, theirs)).map(([name, value]) => (
              <li key={name}>{`${FIELDS[name as FieldName]}: ${value ?? "(empty)"}`}</li>
            ))}
          </ul>
          <button type="button" onClick={() => takeTheirs(theirs)}>Take theirs</button>
          <button type="button" onClick={() => void write(merged(base, theirs, draft))}>Keep mine</button>
        </div>
      )}
      <div className="fields">
        {NAMES.map((name) => (
          <label key={name} className={faults[name] ? "wrong" : undefined}>
            {FIELDS[name]}
            <input value={textOf(draft, name)} onChange={(event) => setDraft({ ...draft, [name]: event.target.value })} />
            {faults[name] && <em role="alert">{faults[name]}</em>}
          </label>
        ))}
      </div>
      <footer>
        <button type="submit" className="main" disabled={busy}>Save</button>
        <button type="button" onClick={onClose}>Cancel</button>
      </footer>
    </form>
  );
}

/** Their version to write upon; the fields that I did not touch count as theirs already, so that only mine are written. */
function merged(base: Contact, theirs: Contact, draft: ContactFields): Contact {
  const mine = changesOf(base, draft);
  const kept = NAMES.map((name) => [name, name in mine ? theirs[name] : draft[name]]);
  return { ...(Object.fromEntries(kept) as ContactFields), id: base.id, version: theirs.version };
}
