"""A client of the dialect for the Python of Debian: the requests of the published client, nothing installed.

python_client.py URL ENDPOINT USER KEY (sync | async | progress | generator) TEXT

Tells in lines of JSON what it was told.
"""

import asyncio
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

VERSION = "Python AIME API Client 0.8.9"


def tell(**fact):
    print(json.dumps(fact), flush=True)


class Client:
    def __init__(self, url, endpoint, user, key):
        self.url = url
        self.endpoint = endpoint
        self.user = user
        self.key = key
        self.session = None

    def read(self, request):
        """The JSON of an answer, whatever its status."""
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def get(self, path, **query):
        return self.read(self.url + path + "?" + urllib.parse.urlencode(query))

    def login(self):
        _, body = self.get("/%s/login" % self.endpoint, user=self.user, key=self.key, version=VERSION)
        if not body["success"]:
            raise ConnectionRefusedError(body["error"])
        self.session = body["client_session_auth_key"]

    def submit(self, params, wait):
        body = {**params, "client_session_auth_key": self.session, "key": self.key, "wait_for_result": wait}
        status, answer = self.read(
            urllib.request.Request(
                "%s/%s" % (self.url, self.endpoint), json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
        )
        if status != 200 or not answer["success"]:
            raise ConnectionError(answer["error"])
        return answer

    def progress(self, job_id):
        status, body = self.get("/%s/progress" % self.endpoint, key=self.key, job_id=job_id)
        if status != 200 or not body["success"]:
            raise BrokenPipeError(body["error"])
        return body

    def follow(self, params):
        """Yields every answer to a poll; the last one is that of the finished job."""
        job_id = self.submit(params, wait=False)["job_id"]
        while True:
            body = self.progress(job_id)
            yield body
            if body["job_state"] == "done":
                return
            time.sleep(0.05)


def tell_answer(body):
    if body["job_state"] == "done":
        tell(event="result", result=body["job_result"])
    else:
        for _name, _value in body["progress"]["progress_data"].items():
            pass
        tell(event="progress", state=body["job_state"], progress=body["progress"])


async def follow_asynchronously(client, params):
    answers = client.follow(params)
    while (body := await asyncio.to_thread(next, answers, None)) is not None:
        tell_answer(body)


def main():
    url, endpoint, user, key, mode, text = sys.argv[1:]
    client = Client(url, endpoint, user, key)
    tell(event="valid", answer=client.get("/api/validate_key", key=key, version=VERSION)[1])
    tell(event="endpoints", answer=client.get("/api/endpoints", key=key)[1])
    tell(event="description", name=client.get("/api/%s" % endpoint, key=key)[1]["name"])
    try:
        client.login()
        params = {"text": text}
        if mode == "sync":
            tell(event="result", result=client.submit(params, wait=True))
        elif mode == "async":
            asyncio.run(follow_asynchronously(client, params))
        elif mode == "progress":
            for body in client.follow(params):
                tell_answer(body)
        else:
            states = [body["job_state"] for body in client.follow(params)]
            tell(event="states", states=states)
    except ConnectionRefusedError as error:
        tell(event="refused", reason=str(error))
        sys.exit(3)


main()
