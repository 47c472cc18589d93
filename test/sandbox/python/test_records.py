import unittest
from datetime import datetime, timedelta, timezone

from org import admin
from simple_salesforce import (
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
    format_external_id,
    format_soql,
)

LEAD = {"LastName": "O'Neil & Søn", "Company": "Nordic", "NumberOfEmployees": 7}


class Records(unittest.TestCase):
    def setUp(self):
        self.org = admin()

    def test_are_created_read_changed_and_deleted(self):
        made = self.org.Lead.create(LEAD)
        self.assertEqual((made["success"], made["errors"]), (True, []))
        key = made["id"]
        self.assertEqual(self.org.Lead.update(key, {"LastName": "New", "Email": None}), 204)
        lead = self.org.Lead.get(key)
        self.assertEqual((lead["LastName"], lead["NumberOfEmployees"]), ("New", 7))
        self.assertEqual(lead["attributes"]["type"], "Lead")
        self.assertEqual(self.org.Lead.delete(key), 204)
        with self.assertRaises(SalesforceResourceNotFound) as gone:
            self.org.Lead.get(key)
        self.assertEqual(gone.exception.content[0]["errorCode"], "NOT_FOUND")

    def test_are_found_with_quoted_values(self):
        key = self.org.Lead.create(LEAD)["id"]
        soql = format_soql(
            "SELECT Id FROM Lead WHERE LastName = {} AND NumberOfEmployees = {}"
            " AND Company IN {} AND Name LIKE '%{:like}'",
            LEAD["LastName"],
            7,
            ["Nordic", "Other"],
            "Søn",
        )
        found = [row["Id"] for row in self.org.query_all(soql)["records"]]
        self.assertIn(key, found)
        self.org.Lead.delete(key)
        self.assertNotIn(key, [row["Id"] for row in self.org.query_all_iter(soql)])
        deleted = self.org.query_all_iter(soql, include_deleted=True)
        self.assertIn(key, [row["Id"] for row in deleted])

    def test_are_upserted_and_read_by_an_external_id(self):
        self.org.toolingexecute(
            "sobjects/CustomField",
            "POST",
            {
                "FullName": "Lead.Py_Id__c",
                "Metadata": {
                    "label": "Py Id",
                    "type": "Text",
                    "length": 40,
                    "externalId": True,
                    "unique": True,
                },
            },
        )
        profile = self.org.query(
            "SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'"
        )["records"][0]
        self.org.FieldPermissions.create(
            {
                "ParentId": profile["Id"],
                "SobjectType": "Lead",
                "Field": "Lead.Py_Id__c",
                "PermissionsRead": True,
                "PermissionsEdit": True,
            }
        )
        path = format_external_id("Py_Id__c", "a/b?c")
        self.assertEqual(self.org.Lead.upsert(path, LEAD), 201)
        again = self.org.Lead.upsert(path, {"Company": "Other"}, raw_response=True)
        self.assertEqual((again.status_code, again.json()["created"]), (200, False))
        lead = self.org.Lead.get_by_custom_id("Py_Id__c", "a/b?c")
        self.assertEqual((lead["Company"], lead["Py_Id__c"]), ("Other", "a/b?c"))

    def test_come_in_pages_without_end(self):
        rows = [{"LastName": f"Page {i}", "Company": "Pages"} for i in range(450)]
        self.org.bulk.Lead.insert(rows)
        soql = "SELECT LastName FROM Lead WHERE Company = 'Pages'"
        small = {"Sforce-Query-Options": "batchSize=200"}
        first = self.org.query(soql, headers=small)
        self.assertEqual((first["totalSize"], first["done"]), (450, False))
        by_id = self.org.query_more(first["nextRecordsUrl"].split("/")[-1])
        self.assertEqual(len(by_id["records"]), 200)
        names = {row["LastName"] for row in self.org.query_all_iter(soql, headers=small)}
        self.assertEqual(names, {row["LastName"] for row in rows})

    def test_that_moved_or_went_are_listed(self):
        moved = self.org.Contact.create({"LastName": "Moved"})["id"]
        gone = self.org.Contact.create({"LastName": "Gone"})["id"]
        self.org.Contact.delete(gone)
        end = datetime.now(timezone.utc) + timedelta(minutes=5)
        start = end - timedelta(days=10)
        self.assertIn(moved, self.org.Contact.updated(start, end)["ids"])
        deleted = self.org.Contact.deleted(start, end)["deletedRecords"]
        self.assertIn(gone, [row["id"] for row in deleted])

    def test_of_the_generic_call(self):
        path = "composite/sobjects"
        rows = [{"attributes": {"type": "Lead"}, **LEAD}, {"attributes": {"type": "Lead"}}]
        results = self.org.restful(
            path, method="POST", json={"allOrNone": False, "records": rows}
        )
        self.assertEqual([row["success"] for row in results], [True, False])
        deleted = self.org.restful(
            path, params={"ids": results[0]["id"], "allOrNone": "true"}, method="DELETE"
        )
        self.assertEqual(deleted, [{"id": results[0]["id"], "success": True, "errors": []}])

    def test_that_are_refused_tell_codes_and_fields(self):
        with self.assertRaises(SalesforceMalformedRequest) as refused:
            self.org.Lead.create({"LastName": "Alone"})
        self.assertEqual(refused.exception.status, 400)
        self.assertEqual(refused.exception.resource_name, "Lead")
        error = refused.exception.content[0]
        self.assertEqual(
            (error["errorCode"], error["fields"]), ("REQUIRED_FIELD_MISSING", ["Company"])
        )
        with self.assertRaises(SalesforceMalformedRequest) as query:
            self.org.query("SELECT Nope FROM Lead")
        self.assertEqual(query.exception.content[0]["errorCode"], "INVALID_FIELD")
