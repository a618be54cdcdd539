import { useState } from "react";
import { useClient, useMutation } from "urql";
import { ContactEditor, type ContactFields } from "../../shared/ContactEditor";
import { Panel } from "../../shared/parts";
import { readProblem, type Problem } from "../../shared/problems";
import { graphql, readFragment, type FragmentType } from "./gql";

const Row = graphql(`
  fragment ContactRow on Contact {
    id
    version
    fullName
    jobTitle
    department
    email
    businessPhone
    access {
      canWrite
    }
  }
`);

const List = graphql(`
  fragment AccountContacts on Account {
    id
    contacts(first: 50, where: { state: { eq: ACTIVE } }, orderBy: [{ lastName: ASC }]) {
      totalCount
      edges {
        node {
          id
          ...ContactRow
        }
      }
    }
  }
`);

const Save = graphql(`
  mutation SaveContact($id: ID!, $input: UpdateContactInput!, $ifVersion: Int!) {
    updateContact(id: $id, input: $input, ifVersion: $ifVersion) {
      contact {
        id
        ...ContactRow
      }
    }
  }
`);

const Read = graphql(`
  query ReadContact($id: ID!) {
    contact(id: $id) {
      id
      ...ContactRow
    }
  }
`);

export function Contacts({ account }: { account: FragmentType<typeof List> }) {
  const { contacts } = readFragment(List, account);
  return (
    <Panel title="Contacts" count={contacts.totalCount} empty="No active contact.">
      <table>
        <tbody>
          {contacts.edges.map(({ node }) => (
            <ContactRow key={node.id} row={node} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function ContactRow({ row }: { row: FragmentType<typeof Row> }) {
  const contact = readFragment(Row, row);
  const [editing, setEditing] = useState(false);
  const client = useClient();
  const [, write] = useMutation(Save);

  const save = async (input: ContactFields, ifVersion: number): Promise<Problem | null> => {
    const { error } = await write({ id: contact.id, input, ifVersion }); // the cache takes the contact by its id
    if (!error) return null;
    return error.graphQLErrors.length ? readProblem(error.graphQLErrors) : { kind: "other", message: error.message };
  };
  const reload = async () => {
    const { data } = await client.query(Read, { id: contact.id }, { requestPolicy: "network-only" }).toPromise();
    return readFragment(Row, data?.contact) ?? null;
  };

  if (editing)
    return (
      <tr>
        <td colSpan={3}>
          <ContactEditor contact={contact} onSave={save} onReload={reload} onClose={() => setEditing(false)} />
        </td>
      </tr>
    );
  return (
    <tr>
      <td>
        {contact.fullName}
        <div className="quiet">{contact.jobTitle}</div>
      </td>
      <td>
        {contact.email && <a href={`mailto:${contact.email}`}>{contact.email}</a>}
        <div className="quiet">{contact.businessPhone}</div>
      </td>
      <td className="number">
        {contact.access.canWrite && (
          <button type="button" className="small" aria-label={`Edit ${contact.fullName ?? ""}`} onClick={() => setEditing(true)}>
            Edit
          </button>
        )}
      </td>
    </tr>
  );
}
