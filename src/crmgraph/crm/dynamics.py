"""What Dynamics and its Common Data Model call the record types and fields of the standard model.

Only what neither the name nor the English label tells: `numberofemployees` is known to be `number_of_employees`.
"""

from __future__ import annotations

from crmgraph.metadata.cdm.matching import Correspondence

TYPES = {
    "activitymimeattachment": "attachment",
    "activitypointer": "activity",
    "annotation": "note",
    "bulkoperation": "quick_campaign",
    "contractdetail": "contract_line",
    "customeropportunityrole": "opportunity_contact",
    "discounttype": "discount_list",
    "dynamicproperty": "product_property",
    "dynamicpropertyoptionsetitem": "product_property_option",
    "entitlementcontacts": "entitlement_contact",
    "entitlementproducts": "entitlement_product",
    "incident": "case",
    "incidentresolution": "case_resolution",
    "invoicedetail": "invoice_product",
    "knowledgearticleincident": "knowledge_article_case",
    "list": "marketing_list",
    "listmember": "marketing_list_member",
    "metric": "goal_metric",
    "opportunitycompetitors": "opportunity_competitor",
    "pricelevel": "price_list",
    "productassociation": "product_bundle_item",
    "productpricelevel": "price_list_item",
    "productsubstitute": "product_relationship",
    "quotedetail": "quote_product",
    "recurringappointmentmaster": "recurring_appointment",
    "salesorder": "order",
    "salesorderdetail": "order_product",
    "slakpiinstance": "sla_kpi",
    "systemuser": "user",
    "transactioncurrency": "currency",
    "uom": "unit",
    "uomschedule": "unit_group",
    "position": "hierarchy_position",
}

FIELDS = {
    "": {
        "address1_line1": "address_1_street",
        "address1_line2": "address_1_street_2",
        "address1_telephone1": "address_1_phone",
        "address2_line1": "address_2_street",
        "address2_line2": "address_2_street_2",
        "discounttypeid": "discount_list",
        "donotsendmm": "do_not_send_marketing_material",
        "dynamicpropertyid": "product_property",
        "incidentid": "case",
        "manualdiscountamount": "manual_discount",
        "productassociationid": "bundle_item",
        "quotedetailid": "quote_product",
        "regardingobject": "regarding",
        "regardingobjectid": "regarding",
        "salesorderdetailid": "order_product",
        "schedulefollowup_prospect": "scheduled_follow_up_prospect",
        "schedulefollowup_qualify": "scheduled_follow_up_qualify",
        "scheduleproposalmeeting": "scheduled_proposal_meeting",
        "systemuserid": "user",
        "transactioncurrencyid": "currency",
        "uomscheduleid": "unit_group",
    },
    "activitymimeattachment": {
        "activityid": "activity",
        "attachmentcontentid": "content_id",
        "attachmentnumber": "position",
        "body": "file",
        "objectid": "activity",
    },
    "annotation": {"documentbody": "attachment"},
    "bulkoperation": {"subject": "name", "bulkoperationnumber": "quick_campaign_number"},
    "businessunit": {"address1_fax": "fax", "address1_telephone1": "phone"},
    "campaignactivity": {"excludeifcontactedinxdays": "exclude_if_contacted_in_days"},
    "contact": {"parentcustomerid": "account"},
    "contract": {"duration": "duration_days", "usediscountaspercentage": "is_discount_percentage"},
    "dynamicproperty": {
        "defaultvalueoptionset": "default_option",
        "defaultvaluestring": "default_text",
        "maxlengthstring": "maximum_text_length",
    },
    "dynamicpropertyoptionsetitem": {"dynamicpropertyoptionsetvaluesequencenumber": "sequence_number"},
    "email": {
        "conversationtrackingid": "conversation",
        "delayedemailsendtime": "delayed_send_time",
        "deliverylastattemptedon": "delivery_last_attempted_on",
        "description": "body",
        "isemailfollowed": "is_followed",
        "lastopenedtime": "last_opened_on",
        "parentactivityid": "parent_email",
    },
    "entitlement": {"kbaccesslevel": "knowledge_access_level"},
    "fax": {"tsid": "transmitting_station_id"},
    "goal": {
        "customrollupfielddecimal": "custom_rollup_decimal",
        "customrollupfieldinteger": "custom_rollup_integer",
        "customrollupfieldmoney": "custom_rollup_money",
    },
    "incidentresolution": {"timespent": "billable_time_minutes"},
    "knowledgearticle": {
        "knowledgearticleviews": "view_count",
        "parentarticlecontentid": "parent_article",
        "previousarticlecontentid": "previous_version",
    },
    "listmember": {"entityid": "member"},
    "pricelevel": {"paymentmethodcode": "payment_terms"},
    "productassociation": {
        "associatedproduct": "product",
        "productid": "bundle",
        "productisrequired": "requirement",
    },
    "recurringappointmentmaster": {
        "daysofweekmask": "days_of_week",
        "deletedexceptionslist": "deleted_exceptions",
        "lastexpandedinstancedate": "last_expanded_on",
        "nextexpansioninstancedate": "next_expansion_on",
        "recurrencepatterntype": "recurrence_pattern",
    },
    "sla": {"objecttypecode": "record_type"},
    "slaitem": {
        "applicablewhenxml": "applicable_when",
        "failureafter": "fail_after_minutes",
        "successconditionsxml": "success_conditions",
        "warnafter": "warn_after_minutes",
    },
    "slakpiinstance": {"regarding": "case"},
    "socialactivity": {
        "postfromprofileid": "author_profile",
        "posttoprofileid": "recipient_profile",
        "socialadditionalparams": "additional_parameters",
    },
    "systemuser": {
        "address1_telephone1": "phone",
        "employeeid": "employee_number",
        "personalemailaddress": "personal_email",
    },
    "uom": {"isschedulebaseuom": "is_group_base_unit"},
}

FEATURES = {
    "connections": ("connection", "record1id"),
    "notes": ("annotation", "objectid"),
    "queues": ("queueitem", "objectid"),
}

PARTY_ROLES = {
    "bcc": "bcc",
    "cc": "cc",
    "customers": "customer",
    "from": "sender",
    "optionalattendees": "optional",
    "organizer": "organizer",
    "requiredattendees": "required",
    "resources": "resource",
    "to": "to",
}

DYNAMICS = Correspondence(TYPES, FIELDS, frozenset({"owner"}), "activitypointer", FEATURES, PARTY_ROLES)
