"""The org under test, as the environment describes it, and clients logged in to it."""

import functools
import json
import os
import sys
import time

from simple_salesforce import Salesforce

ORG = json.loads(os.environ["SANDBOX_ORG"])
DOMAIN = "meridian.my"


def wait_shortly(_seconds=0):
    time.sleep(0.05)


# The client looks at a job every few seconds.
sys.modules["simple_salesforce.bulk"].sleep = wait_shortly


@functools.cache
def admin():
    return Salesforce(
        username=ORG["admin"]["username"],
        password=ORG["admin"]["password"],
        security_token="",
    )
