import unittest

import requests
from org import DOMAIN, ORG
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed, SalesforceLogin

APP = {"consumer_key": ORG["clientId"], "consumer_secret": ORG["clientSecret"]}
USER = {"username": ORG["username"], "password": ORG["password"]}
TOKEN = ORG["securityToken"]


class Logins(unittest.TestCase):
    def serves(self, client):
        self.assertEqual(client.sf_instance, f"{DOMAIN}.salesforce.com")
        self.assertEqual(client.query("SELECT count() FROM Organization")["totalSize"], 1)
        used = client.api_usage["api-usage"]
        self.assertGreater(used.used, 0)
        self.assertGreater(used.total, used.used)

    def test_by_soap_with_a_security_token(self):
        self.serves(Salesforce(**USER, security_token=TOKEN))

    def test_by_soap_in_any_version_and_under_a_client_id(self):
        for version in ("40.0", "64.0"):
            self.serves(
                Salesforce(**USER, security_token=TOKEN, version=version, client_id="etl")
            )

    def test_by_soap_with_the_org_id_from_a_trusted_network(self):
        admin = ORG["admin"]
        self.serves(
            Salesforce(
                username=admin["username"],
                password=admin["password"],
                organizationId=ORG["orgId"],
            )
        )

    def test_by_oauth_with_a_password(self):
        both = {**USER, "password": USER["password"] + TOKEN}
        self.serves(Salesforce(**both, **APP, domain=DOMAIN))

    def test_by_jwt_with_a_key_as_a_file_and_as_text(self):
        app = {"username": ORG["username"], "consumer_key": ORG["clientId"]}
        self.serves(Salesforce(**app, privatekey_file=ORG["jwtKeyFile"]))
        with open(ORG["jwtKeyFile"], encoding="ascii") as file:
            self.serves(Salesforce(**app, privatekey=file.read(), instance_url=DOMAIN))

    def test_by_client_credentials(self):
        self.serves(Salesforce(**APP, domain=DOMAIN))

    def test_with_a_session_of_another_login(self):
        session_id, instance = SalesforceLogin(**USER, security_token=TOKEN)
        self.serves(Salesforce(session_id=session_id, instance=instance))
        self.serves(Salesforce(session_id=session_id, instance_url=f"https://{instance}"))

    def test_again_by_itself_when_the_session_has_ended(self):
        client = Salesforce(**USER, security_token=TOKEN)
        old = client.session_id
        revoked = requests.post(
            f"https://{DOMAIN}.salesforce.com/services/oauth2/revoke", {"token": old}
        )
        self.assertEqual(revoked.status_code, 200)
        self.assertIn("sobjects", client.describe())
        self.assertNotEqual(client.session_id, old)

    def test_that_fail_say_why(self):
        with self.assertRaises(SalesforceAuthenticationFailed) as soap:
            Salesforce(**USER, security_token="wrong")
        self.assertEqual(soap.exception.code, "INVALID_LOGIN")
        self.assertIn("Invalid username, password, security token", str(soap.exception))
        with self.assertRaises(SalesforceAuthenticationFailed) as oauth:
            Salesforce(**{**APP, "consumer_secret": "wrong"}, domain=DOMAIN)
        self.assertEqual(oauth.exception.code, "invalid_client")
        # The client warns when it is told that the user has not approved the app.
        with self.assertWarns(UserWarning), self.assertRaises(
            SalesforceAuthenticationFailed
        ) as jwt:
            Salesforce(
                username="nobody@nowhere.example",
                consumer_key=ORG["clientId"],
                privatekey_file=ORG["jwtKeyFile"],
            )
        self.assertEqual(jwt.exception.code, "invalid_grant")
