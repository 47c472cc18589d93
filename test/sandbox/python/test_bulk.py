import csv
import os
import tempfile
import unittest

from org import admin
from simple_salesforce import SalesforceMalformedRequest
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding
from simple_salesforce.exceptions import SalesforceOperationError

SOON = {"wait": 0.05}


def rows(company, count):
    return [{"LastName": f"{company} {i}", "Company": company} for i in range(count)]


class Bulk1(unittest.TestCase):
    def setUp(self):
        self.leads = admin().bulk.Lead

    def test_loads_rows_in_batches(self):
        made = self.leads.insert(rows("Bulk1", 5), batch_size=2)
        self.assertEqual([(row["success"], row["created"]) for row in made], [(True, True)] * 5)
        ids = [{"Id": row["id"]} for row in made]
        changed = self.leads.update(
            [{**key, "City": "Oslo"} for key in ids], batch_size="auto", use_serial=True
        )
        self.assertEqual([row["created"] for row in changed], [False] * 5)
        upserted = self.leads.upsert([{**ids[0], "City": "Bergen"}], "Id")
        self.assertEqual(upserted[0]["id"], ids[0]["Id"])
        detailed = self.leads.delete(ids, include_detailed_results=True)
        self.assertEqual([row["Id"] for row in detailed], [key["Id"] for key in ids])
        self.assertTrue(all(row["success"] for row in detailed))

    def test_tells_what_is_wrong_with_a_row(self):
        bad = {"LastName": "Bad", "Company": "Bulk1", "Email": "none"}
        good, refused = admin().bulk.submit_dml("Lead", "insert", [*rows("Mixed", 1), bad])
        self.assertTrue(good["success"])
        self.assertEqual(
            [error["statusCode"] for error in refused["errors"]], ["INVALID_EMAIL_ADDRESS"]
        )

    def test_queries(self):
        made = self.leads.insert(rows("Queried1", 3))
        self.leads.delete([{"Id": made[0]["id"]}])
        soql = "SELECT Id, LastName FROM Lead WHERE Company = 'Queried1'"
        self.assertEqual(len(self.leads.query(soql)), 2)
        pages = self.leads.query_all(soql, lazy_operation=True)
        found = [row for page in pages for row in page]
        self.assertEqual({row["Id"] for row in found}, {row["id"] for row in made})
        self.assertEqual(found[0]["attributes"]["type"], "Lead")


class Bulk2(unittest.TestCase):
    def setUp(self):
        self.leads = admin().bulk2.Lead

    def test_loads_records(self):
        (job,) = self.leads.insert(records=rows("Bulk2", 3), **SOON)
        self.assertEqual(
            [job[f"numberRecords{kind}"] for kind in ("Total", "Processed", "Failed")], [3, 3, 0]
        )
        made = list(csv.DictReader(self.leads.get_successful_records(job["job_id"]).splitlines()))
        self.assertEqual({row["LastName"] for row in made}, {f"Bulk2 {i}" for i in range(3)})
        ids = [{"Id": row["sf__Id"]} for row in made]
        changed = [{**key, "City": "Tromsø", "Description": 'a "b",\nc'} for key in ids]
        self.assertEqual(self.leads.update(records=changed, **SOON)[0]["numberRecordsFailed"], 0)
        upserted = [{**ids[0], "City": "Oslo"}, {"Id": "", **rows("Bulk2 new", 1)[0]}]
        (job,) = self.leads.upsert(records=upserted, external_id_field="Id", **SOON)
        results = self.leads.get_all_ingest_records(job["job_id"])["successfulRecords"]
        self.assertEqual(sorted(row["sf__Created"] for row in results), ["false", "true"])
        lead = admin().Lead.get(ids[1]["Id"])
        self.assertEqual((lead["City"], lead["Description"]), ("Tromsø", 'a "b",\nc'))
        (job,) = self.leads.delete(records=ids[:2], **SOON)
        self.assertEqual(job["numberRecordsFailed"], 0)
        (job,) = self.leads.hard_delete(records=ids[2:], **SOON)
        self.assertEqual(job["numberRecordsFailed"], 0)

    def test_loads_files_in_parts_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "leads.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                columns = ["LastName", "Company"]
                writer = csv.DictWriter(file, columns, delimiter="|", lineterminator="\r\n")
                writer.writeheader()
                writer.writerows(rows("File", 6))
            jobs = self.leads.insert(
                path,
                batch_size=3,
                concurrency=2,
                column_delimiter=ColumnDelimiter.PIPE,
                line_ending=LineEnding.CRLF,
                **SOON,
            )
        self.assertEqual([job["numberRecordsProcessed"] for job in jobs], [3, 3])
        found = admin().query("SELECT count() FROM Lead WHERE Company = 'File'")
        self.assertEqual(found["totalSize"], 6)

    def test_tells_what_is_wrong_with_rows_and_jobs(self):
        bad = [{"LastName": "Bad", "Company": "x", "Email": "none"}]
        (job,) = self.leads.insert(records=bad, **SOON)
        self.assertEqual(job["numberRecordsFailed"], 1)
        self.assertIn("INVALID_EMAIL_ADDRESS", self.leads.get_failed_records(job["job_id"]))
        self.assertNotIn("Bad", self.leads.get_unprocessed_records(job["job_id"]))
        with self.assertRaises(SalesforceOperationError) as failed:
            self.leads.insert(records=[{"Nope__c": "x"}], **SOON)
        self.assertIn("Field name not found : Nope__c", str(failed.exception))
        with self.assertRaises(SalesforceMalformedRequest) as query:
            list(self.leads.query("SELECT Nope FROM Lead", **SOON))
        self.assertEqual(query.exception.content[0]["errorCode"], "INVALID_FIELD")

    def test_queries_page_by_page(self):
        self.leads.insert(records=rows("Queried2", 5), **SOON)
        soql = "SELECT Id, LastName FROM Lead WHERE Company = 'Queried2'"
        pages = list(self.leads.query(soql, max_records=2, **SOON))
        self.assertEqual([len(page.splitlines()) for page in pages], [3, 3, 2])
        (everything,) = self.leads.query_all(soql, **SOON)
        self.assertEqual(len(list(csv.DictReader(everything.splitlines()))), 5)
        with tempfile.TemporaryDirectory() as folder:
            files = self.leads.download(soql, folder, max_records=3, **SOON)
            self.assertEqual([file["number_of_records"] for file in files], [3, 2])
