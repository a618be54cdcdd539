/** What each front end must do, tested on its real screens against the server of CRMGRAPH_URL (that of `crmgraph demo`). */

import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ComponentType } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Filters } from "./parts";

const SERVER = process.env.CRMGRAPH_URL ?? "http://127.0.0.1:8000";
const ENDPOINT = `${SERVER}/graphql`;
/** Where the tests' own documents go: if SERVER answers only trusted ones, to another server of the same database. */
const OPEN_ENDPOINT = `${process.env.CRMGRAPH_OPEN_URL ?? SERVER}/graphql`;
const PATIENCE = { timeout: 8000 };

async function ask<T>(query: string, variables: object = {}): Promise<T> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(OPEN_ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await answer.json()) as { data: T; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

interface World {
  readonly accountId: string;
  readonly contactId: string;
}

/** An account of the test's own: two contacts, an open deal, an open case and fourteen tasks. */
async function makeWorld(name: string): Promise<World> {
  type Made = { createAccount: { account: { id: string } } };
  const { createAccount } = await ask<Made>(
    `mutation MakeAccount($name: String!) { createAccount(input: {name: $name, industry: BROKERS}) { account { id } } }`,
    { name },
  );
  const { id } = createAccount.account;
  const tasks = Array.from({ length: 14 }, (_, i) => `t${i}: createTask(input: {subject: "Task ${i + 1}", regarding: {id: $id}}) { created }`);
  const { ada } = await ask<{ ada: { contact: { id: string } } }>(
    `mutation MakeRecords($id: ID!) {
      ada: createContact(input: {fullName: "Ada Adams", lastName: "Adams", jobTitle: "Buyer", account: {id: $id}}) { contact { id } }
      bob: createContact(input: {fullName: "Bob Brown", lastName: "Brown", account: {id: $id}}) { contact { id } }
      deal: createOpportunity(input: {name: "A big deal", account: {id: $id}, customer: {id: $id}}) { created }
      case: createCase(input: {title: "A leaking tap", customer: {id: $id}}) { created }
      ${tasks.join("\n")}
    }`,
    { id },
  );
  return { accountId: id, contactId: ada.contact.id };
}

const namesIn = (table: HTMLElement) => Array.from(table.querySelectorAll("tbody a"), (link) => link.textContent);
const panel = (name: string) => screen.findByRole("region", { name }, PATIENCE);

export function testScreens(client: string, App: ComponentType<{ endpoint: string }>) {
  describe(client, () => {
    const user = userEvent.setup({ delay: null });
    const complaints: unknown[][] = [];
    let world: World;

    beforeAll(async () => {
      world = await makeWorld(`Ω ${client}`);
    });
    beforeEach(() => {
      complaints.length = 0;
      for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation((...said) => complaints.push(said));
    });
    afterEach(() => {
      cleanup();
      expect(complaints, "the console stays empty").toEqual([]);
    });

    const open = (hash: string) => {
      window.location.hash = hash;
      return render(<App endpoint={ENDPOINT} />);
    };
    const openEditor = async () => {
      const edit = await screen.findByRole("button", { name: /^Edit Ada/ }, PATIENCE);
      await user.click(edit);
      return screen.getByRole("form", { name: "Edit contact" });
    };
    const retype = async (form: HTMLElement, label: string, text: string) => {
      const field = within(form).getByLabelText(label, { exact: false });
      await user.clear(field);
      if (text) await user.type(field, text);
    };
    const save = (form: HTMLElement) => user.click(within(form).getByRole("button", { name: "Save" }));
    const stored = async () => {
      const document = `query Stored($id: ID!) { contact(id: $id) { jobTitle department email version } }`;
      return (await ask<{ contact: Record<string, unknown> }>(document, { id: world.contactId })).contact;
    };

    test("pages through the list to its honest end", async () => {
      const document = `{ accounts(first: 60, where: {state: {eq: ACTIVE}}, orderBy: [{name: ASC}]) { nodes { name } } }`;
      const { accounts } = await ask<{ accounts: { nodes: { name: string }[] } }>(document);
      open("#/");
      const found = await panel("Active accounts");
      expect(namesIn(found)).toHaveLength(20);
      for (const shown of [40, 60]) {
        await user.click(within(found).getByRole("button", { name: "Load more" }));
        await waitFor(() => expect(within(found).getByRole("status").textContent).toMatch(new RegExp(`^${shown} of \\d+$`)), PATIENCE);
      }
      expect(namesIn(found)).toEqual(accounts.nodes.map((node) => node.name));
      let more: HTMLElement | null;
      while ((more = within(found).queryByRole("button", { name: "Load more" }))) {
        const before = namesIn(found).length;
        await user.click(more);
        await waitFor(() => expect(namesIn(found).length).toBeGreaterThan(before), PATIENCE);
      }
      const [shown, total] = (within(found).getByRole("status").textContent ?? "").split(" of ");
      expect(shown).toBe(total);
    });

    test("searches and filters", async () => {
      open("#/");
      await panel("Active accounts");
      await user.type(screen.getByRole("searchbox"), `ω ${client.toLowerCase()}`);
      await waitFor(async () => expect(new Set(namesIn(await panel("Active accounts")))).toEqual(new Set([`Ω ${client}`])), PATIENCE);
      await screen.findByRole("option", { name: /^Brokers \(\d+\)$/ }, PATIENCE);
      const industry = screen.getByRole("combobox", { name: "Industry" });
      const other = within(industry).getAllByRole<HTMLOptionElement>("option").find((option) => !/^(All|Brokers)/.test(option.text));
      await user.selectOptions(industry, other!.value);
      await screen.findByText("No account fits.", {}, PATIENCE);
      await user.selectOptions(industry, "BROKERS");
      await waitFor(async () => expect(namesIn(await panel("Active accounts"))).toContain(`Ω ${client}`), PATIENCE);
    });

    test("hears of a filter only when it has changed", () => {
      vi.useFakeTimers();
      onTestFinished(() => void vi.useRealTimers());
      const told = vi.fn();
      render(<Filters industries={[]} onChange={told} />);
      const rest = () => act(() => vi.runAllTimers());
      rest();
      expect(told).not.toHaveBeenCalled(); // it would take the pages away that the user has loaded meanwhile
      for (const search of ["Zü", "Zürich"]) fireEvent.change(screen.getByRole("searchbox"), { target: { value: search } });
      rest();
      expect(told.mock.calls).toEqual([[{ search: "Zürich", industry: "" }]]);
    });

    test.each([
      ["00000000-0000-4000-8000-000000000000", "There is no such account."],
      ["nonsense", "“nonsense” is not an id."], // as the server says it
    ])("says why it shows no account: %s", async (id, message) => {
      open(`#/account/${id}`);
      expect((await screen.findByRole("alert", {}, PATIENCE)).textContent).toBe(message);
      complaints.length = 0; // Relay and React tell the console of what a component catches
    });

    test("shows an account by one request", async () => {
      const requests = vi.spyOn(globalThis, "fetch");
      open(`#/account/${world.accountId}`);
      expect(within(await panel("Contacts")).getByText("Bob Brown")).toBeTruthy();
      expect(within(await panel("Open deals")).getByText("A big deal")).toBeTruthy();
      expect(within(await panel("Open cases")).getByText("A leaking tap")).toBeTruthy();
      const timeline = await panel("Timeline");
      expect(within(timeline).getAllByRole("listitem")).toHaveLength(10);
      expect(requests).toHaveBeenCalledTimes(1);
      await user.click(within(timeline).getByRole("button", { name: "Load more" }));
      await waitFor(() => expect(within(timeline).getAllByRole("listitem").length).toBeGreaterThanOrEqual(14), PATIENCE);
      expect(within(timeline).queryByRole("button", { name: "Load more" })).toBeNull();
      expect(within(timeline).getAllByText(/^Task \d+$/)).toHaveLength(14);
      requests.mockRestore();
    });

    if (import.meta.env.VITE_TRUSTED)
      test("sends ids instead of documents, and queries by GET", async () => {
        const requests = vi.spyOn(globalThis, "fetch");
        open(`#/account/${world.accountId}`);
        const form = await openEditor();
        await retype(form, "Department", "Known by ids");
        await save(form);
        await waitFor(() => expect(screen.queryByRole("form")).toBeNull(), PATIENCE);
        const sent = requests.mock.calls.map(([address, init]) => {
          const byGet = Object.fromEntries(new URL(address as string).searchParams);
          return { method: init?.method ?? "GET", ...(init?.body ? (JSON.parse(init.body as string) as object) : byGet) };
        });
        requests.mockRestore();
        expect(sent).toHaveLength(2);
        for (const [i, request] of sent.entries()) {
          expect(request).toMatchObject({ method: ["GET", "POST"][i], operationName: expect.stringMatching(/AccountPage|Save/) });
          expect(request).not.toHaveProperty("query");
          expect(JSON.stringify(request)).toMatch(/"documentId":"sha256:[0-9a-f]{64}"|"persistedQuery/);
        }
      });

    test("writes an edit and shows it", async () => {
      const before = await stored();
      open(`#/account/${world.accountId}`);
      const form = await openEditor();
      await retype(form, "Job title", "Head of Buying");
      await save(form);
      await screen.findByText("Head of Buying", {}, PATIENCE);
      expect(screen.queryByRole("form")).toBeNull();
      expect(await stored()).toEqual({ ...before, jobTitle: "Head of Buying", version: Number(before.version) + 1 });
    });

    test("shows every fault beside its field", async () => {
      const before = await stored();
      open(`#/account/${world.accountId}`);
      const form = await openEditor();
      await retype(form, "Full name", "");
      await retype(form, "E-mail", "nobody at nowhere");
      await save(form);
      await waitFor(() => expect(within(form).getAllByRole("alert")).toHaveLength(2), PATIENCE);
      const labels = within(form).getAllByRole("alert").map((alert) => alert.closest("label")?.firstChild?.textContent);
      expect(labels).toEqual(["Full name", "E-mail"]);
      expect(await stored()).toEqual(before);
    });

    test("writes past an edit of what the form does not show", async () => {
      open(`#/account/${world.accountId}`);
      const form = await openEditor();
      await retype(form, "Department", "Ours");
      await ask(`mutation Theirs($id: ID!) { updateContact(id: $id, input: {description: "Theirs"}) { contact { id } } }`, {
        id: world.contactId,
      });
      await save(form);
      await waitFor(() => expect(screen.queryByRole("form")).toBeNull(), PATIENCE);
      expect(await stored()).toMatchObject({ department: "Ours" });
    });

    test.each([
      ["Keep mine", { jobTitle: "Mine", department: "Theirs too" }],
      ["Take theirs", { jobTitle: "Theirs", department: "Theirs too" }],
    ])("settles a conflict: %s", async (choice, expected) => {
      await ask(`mutation Reset($id: ID!) { updateContact(id: $id, input: {jobTitle: "Old", department: "Old"}) { contact { id } } }`, {
        id: world.contactId,
      });
      open(`#/account/${world.accountId}`);
      const form = await openEditor();
      await retype(form, "Job title", "Mine");
      await ask(
        `mutation Theirs($id: ID!) { updateContact(id: $id, input: {jobTitle: "Theirs", department: "Theirs too"}) { contact { id } } }`,
        { id: world.contactId },
      );
      await save(form);
      const notice = await within(form).findByRole("alert", {}, PATIENCE);
      expect(within(notice).getAllByRole("listitem").map((item) => item.textContent)).toEqual(["Job title: Theirs", "Department: Theirs too"]);
      await user.click(within(notice).getByRole("button", { name: choice }));
      if (choice === "Take theirs") await save(form);
      await waitFor(() => expect(screen.queryByRole("form")).toBeNull(), PATIENCE);
      expect(await stored()).toMatchObject(expected);
    });
  });
}
