import unittest

from org import DOMAIN, ORG, admin
from simple_salesforce import (
    Salesforce,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)


class Org(unittest.TestCase):
    def setUp(self):
        self.org = admin()

    def test_is_described(self):
        names = [row["name"] for row in self.org.describe()["sobjects"]]
        self.assertIn("Lead", names)
        lead = self.org.Lead.describe()
        types = {field["name"]: field["type"] for field in lead["fields"]}
        self.assertEqual((types["Id"], types["Email"]), ("id", "email"))
        self.assertEqual(self.org.Lead.metadata()["objectDescribe"]["keyPrefix"], "00Q")

    def test_tells_its_limits_and_itself(self):
        calls = self.org.limits()["DailyApiRequests"]
        self.assertGreater(calls["Max"], calls["Remaining"])
        self.assertIsInstance(self.org.is_sandbox(), bool)
        self.assertEqual(
            self.org.oauth2("userinfo")["preferred_username"], ORG["admin"]["username"]
        )

    def test_has_the_tooling_api(self):
        made = self.org.toolingexecute(
            "sobjects/CustomField",
            "POST",
            {
                "FullName": "Contact.Py_Note__c",
                "Metadata": {"label": "Note", "type": "Text", "length": 10},
            },
        )
        self.assertTrue(made["success"])
        found = self.org.toolingexecute(
            "query/?q=SELECT+Id,DeveloperName+FROM+CustomField"
            "+WHERE+TableEnumOrId='Contact'+AND+DeveloperName='Py_Note'"
        )
        self.assertEqual([row["Id"] for row in found["records"]], [made["id"]])
        # What answers nothing comes as empty text.
        self.assertEqual(
            self.org.toolingexecute(f"sobjects/CustomField/{made['id']}", "DELETE"), ""
        )

    def test_sets_a_password(self):
        me = self.org.oauth2("userinfo")["user_id"]
        path = f"sobjects/User/{me}/password"
        self.assertEqual(self.org.restful(path), {"isExpired": False})
        made_up = self.org.restful(path, method="DELETE")["NewPassword"]
        username, password = ORG["admin"]["username"], ORG["admin"]["password"]
        changed = Salesforce(username=username, password=made_up, security_token="")
        with self.assertRaises(SalesforceMalformedRequest) as short:
            changed.set_password(me, "short")
        self.assertEqual(short.exception.content[0]["errorCode"], "INVALID_NEW_PASSWORD")
        self.assertIsNone(changed.set_password(me, password))
        Salesforce(username=username, password=password, security_token="")

    def test_refuses_with_the_errors_that_the_client_has(self):
        with self.assertRaises(SalesforceResourceNotFound):
            self.org.Nope__c.describe()
        with self.assertRaises(SalesforceResourceNotFound):
            self.org.apexecute("Hello")
        with self.assertRaises(SalesforceRefusedRequest):
            self.org.search("FIND {Doe}")
        with self.assertRaises(SalesforceGeneralError) as method:
            self.org.restful("limits", method="POST")
        self.assertEqual(method.exception.status, 405)
        stale = Salesforce(session_id="gone", instance=f"{DOMAIN}.salesforce.com")
        with self.assertRaises(SalesforceExpiredSession) as expired:
            stale.limits()
        self.assertEqual(expired.exception.content[0]["errorCode"], "INVALID_SESSION_ID")
