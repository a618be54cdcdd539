import { useState } from "react";
import { commitMutation, fetchQuery, graphql, readInlineData, useFragment, useRelayEnvironment } from "react-relay";
import { ContactEditor, type ContactFields } from "../../shared/ContactEditor";
import { Panel } from "../../shared/parts";
import { readProblem, type Problem } from "../../shared/problems";
import { problemOf } from "./problems";
import type { ContactsReadQuery } from "./__generated__/ContactsReadQuery.graphql";
import type { ContactsSaveMutation } from "./__generated__/ContactsSaveMutation.graphql";
import type { Contacts_account$key } from "./__generated__/Contacts_account.graphql";
import type { Contacts_edited$key } from "./__generated__/Contacts_edited.graphql";
import type { Contacts_row$key } from "./__generated__/Contacts_row.graphql";

export function Contacts(props: { account: Contacts_account$key }) {
  const { contacts } = useFragment(
    graphql`
      fragment Contacts_account on Account {
        contacts(first: 50, where: { state: { eq: ACTIVE } }, orderBy: [{ lastName: ASC }]) {
          totalCount
          edges {
            node {
              id
              ...Contacts_row
            }
          }
        }
      }
    `,
    props.account,
  );
  return (
    <Panel title="Contacts" count={contacts.totalCount} empty="No active contact.">
      <table>
        <tbody>
          {contacts.edges.map(({ node }) => (
            <ContactRow key={node.id} contact={node} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const edited = graphql`
  fragment Contacts_edited on Contact @inline {
    id
    version
    fullName
    jobTitle
    department
    email
    businessPhone
  }
`;

function ContactRow(props: { contact: Contacts_row$key }) {
  const contact = useFragment(
    graphql`
      fragment Contacts_row on Contact {
        id
        fullName
        jobTitle
        email
        businessPhone
        access {
          canWrite
        }
        ...Contacts_edited
      }
    `,
    props.contact,
  );
  const [editing, setEditing] = useState(false);
  const { save, reload } = useWriting(contact.id);
  if (editing) {
    const read = readInlineData<Contacts_edited$key>(edited, contact);
    return (
      <tr>
        <td colSpan={3}>
          <ContactEditor contact={read} onSave={save} onReload={reload} onClose={() => setEditing(false)} />
        </td>
      </tr>
    );
  }
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

function useWriting(id: string) {
  const environment = useRelayEnvironment();
  const save = (input: ContactFields, ifVersion: number) =>
    new Promise<Problem | null>((resolve) => {
      commitMutation<ContactsSaveMutation>(environment, {
        mutation: graphql`
          mutation ContactsSaveMutation($id: ID!, $input: UpdateContactInput!, $ifVersion: Int!) {
            updateContact(id: $id, input: $input, ifVersion: $ifVersion) {
              contact {
                ...Contacts_row
              }
            }
          }
        `,
        variables: { id, input, ifVersion },
        onCompleted: (_answer, errors) => resolve(errors?.length ? readProblem(errors) : null),
        onError: (error) => resolve(problemOf(error)),
      });
    });
  const reload = async () => {
    const answer = await fetchQuery<ContactsReadQuery>(
      environment,
      graphql`
        query ContactsReadQuery($id: ID!) {
          contact(id: $id) {
            ...Contacts_edited
          }
        }
      `,
      { id },
    ).toPromise();
    return readInlineData<Contacts_edited$key>(edited, answer?.contact) ?? null;
  };
  return { save, reload };
}
