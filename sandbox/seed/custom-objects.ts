import { customObject } from '../control/custom-object.ts';
import type { FieldSpec } from '../objects/index.ts';
import type { Schema } from '../schema.ts';

interface CustomObject {
  name: string;
  fields: FieldSpec[];
  /** A child that lives and dies with its parent has no owner of its own. */
  isDetail?: boolean;
  /** Whether tasks and events can be about it. */
  allowsActivities?: boolean;
}

/**
 * The custom objects of this org: what people have subscribed to and how much they use of it, two
 * lookups away from them; the sites of accounts; and what has to do with nobody.
 */
const CUSTOM_OBJECTS: CustomObject[] = [
  {
    name: 'Subscription__c',
    allowsActivities: true,
    fields: [
      {
        name: 'Lead__c',
        type: 'reference',
        referenceTo: ['Lead'],
      },
      { name: 'Contact__c', type: 'reference', referenceTo: ['Contact'] },
      {
        name: 'External_Key__c',
        type: 'string',
        length: 40,
        unique: true,
        externalId: true,
      },
      {
        name: 'Plan__c',
        type: 'picklist',
        picklist: ['Basic', 'Professional', 'Enterprise'],
        restrictedPicklist: true,
      },
      { name: 'Status__c', type: 'picklist', picklist: ['Trial', 'Active', 'Cancelled'] },
      {
        name: 'Add_Ons__c',
        type: 'multipicklist',
        picklist: ['Support', 'Training', 'Storage', 'Reports'],
      },
      { name: 'Started__c', type: 'date' },
      { name: 'Renews_At__c', type: 'datetime' },
      { name: 'Cut_Off__c', type: 'time' },
      { name: 'Auto_Renew__c', type: 'boolean' },
      { name: 'Seats__c', type: 'double', precision: 6, scale: 0 },
      { name: 'Monthly_Price__c', type: 'currency', precision: 18, scale: 2 },
      { name: 'Discount__c', type: 'percent', precision: 5, scale: 2 },
      { name: 'Billing_Email__c', type: 'email' },
      { name: 'Billing_Phone__c', type: 'phone' },
      { name: 'Portal__c', type: 'url' },
      { name: 'Notes__c', type: 'textarea', length: 32768 },
      {
        name: 'Yearly_Price__c',
        type: 'currency',
        precision: 18,
        scale: 2,
        formula: 'round("Monthly_Price__c" * 12, 2)',
      },
    ],
  },
  {
    name: 'Usage__c',
    isDetail: true,
    fields: [
      {
        name: 'Subscription__c',
        type: 'reference',
        referenceTo: ['Subscription__c'],
        nillable: false,
        updateable: false,
        onDelete: 'Cascade',
        childRelationshipName: 'Usages',
      },
      { name: 'Day__c', type: 'date' },
      { name: 'Units__c', type: 'double', precision: 16, scale: 4 },
      { name: 'Amount__c', type: 'currency', precision: 18, scale: 2 },
      { name: 'Over_Limit__c', type: 'boolean' },
    ],
  },
  {
    name: 'Site__c',
    allowsActivities: true,
    fields: [
      { name: 'Account__c', type: 'reference', referenceTo: ['Account'] },
      { name: 'City__c', type: 'string', length: 80 },
      { name: 'Kind__c', type: 'picklist', picklist: ['Office', 'Plant', 'Shop'] },
      { name: 'Opened__c', type: 'date' },
      { name: 'Area__c', type: 'double', precision: 12, scale: 2 },
    ],
  },
  {
    name: 'Warehouse__c',
    fields: [
      {
        name: 'Code__c',
        type: 'string',
        length: 10,
        unique: true,
        externalId: true,
        caseSensitive: true,
      },
      { name: 'City__c', type: 'string', length: 80 },
      { name: 'Capacity__c', type: 'double', precision: 10, scale: 0 },
    ],
  },
  {
    name: 'Stock_Level__c',
    fields: [
      { name: 'Warehouse__c', type: 'reference', referenceTo: ['Warehouse__c'] },
      { name: 'Product_Code__c', type: 'string', length: 20 },
      { name: 'Units__c', type: 'double', precision: 10, scale: 0 },
      { name: 'Counted_At__c', type: 'datetime' },
    ],
  },
];

/** Adds the org's custom objects to a schema of standard objects. */
export function addCustomObjects(schema: Schema): void {
  for (const { name, fields, isDetail = false, allowsActivities = false } of CUSTOM_OBJECTS) {
    const object = customObject(schema, name, undefined, fields);
    schema.put({
      ...object,
      fields: object.fields.filter((field) => !(isDetail && field.name === 'OwnerId')),
    });
    if (allowsActivities) for (const activity of ['Task', 'Event']) allow(schema, activity, name);
  }
}

/** Lets an activity's WhatId name rows of an object. */
function allow(schema: Schema, activity: string, target: string): void {
  const object = schema.object(activity)!;
  const fields = object.fields.map((field) =>
    field.name === 'WhatId' ? { ...field, referenceTo: [...field.referenceTo, target] } : field,
  );
  schema.put({ ...object, fields });
}
