"""A worker of the dialect for the Python of Debian: the requests of the published interface, nothing installed.

python_worker.py URL JOB_TYPE AUTH_KEY NAME [single | batch | generator | hang]

Answers each job with its text in capitals. Tells what happens in lines of JSON. `hang` takes a job and does no more.
"""

import json
import sys
import threading
import time
import urllib.error
import urllib.request

VERSION = "AIME API Worker Interface 0.9.12"


def tell(**fact):
    print(json.dumps(fact), flush=True)


class Refused(Exception):
    """The server has told this worker to go."""


class Worker:
    def __init__(self, url, job_type, auth_key, name):
        self.url = url
        self.identity = {"auth": name, "job_type": job_type, "auth_key": auth_key}
        self.canceled = set()

    def post(self, path, body):
        """Status and text; None and the reason when the server is not there."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            return None, str(error).encode()

    def wait_for_server(self):
        tell(event="away")
        while True:
            status, _ = self.post("/worker_check_server_status", self.identity)
            if status == 200:
                return
            time.sleep(0.2)

    def take(self, count):
        """One long poll: the jobs, or none. Raises Refused."""
        body = {"version": VERSION, "max_job_batch": count, "request_timeout": 60, "gpu_name": "GPU", "num_gpus": 1}
        status, text = self.post("/worker_job_request", {**self.identity, **body})
        if status is None or status == 503:
            self.wait_for_server()
            return []
        answer = json.loads(text)
        if answer["cmd"] == "job":
            return answer["job_data"]
        if answer["cmd"] == "no_job":
            return []
        raise Refused(answer.get("msg"))

    def report(self, job, progress):
        data = {"status": "step %d" % progress, "version": VERSION, "auth": self.identity["auth"]}
        body = {"job_id": job["job_id"], "progress": progress, "progress_data": data}
        _, text = self.post("/worker_job_progress", {**self.identity, **body})
        for item in json.loads(text):
            if item.get("canceled"):
                self.canceled.add(item["job_id"])

    def finish(self, job, outputs):
        body = {**self.identity, "version": VERSION, "job_id": job["job_id"], **outputs}
        while True:
            status, _ = self.post("/worker_job_result", body)
            if status == 200:
                return
            self.wait_for_server()

    def do(self, job):
        self.report(job, 50)
        self.finish(job, {"text": job["text"].upper(), "seed": job.get("seed", 0)})
        tell(event="done", job=job["job_id"])


def serve_batches(worker, count):
    while True:
        jobs = worker.take(count)
        if jobs:
            tell(event="batch", size=len(jobs))
        for job in jobs:
            worker.do(job)


def serve_as_generator(worker, count):
    """Asks for more while it works: one name holds a long poll and posts results at the same time."""
    while True:
        jobs = worker.take(count)
        for job in jobs:
            threading.Thread(target=worker.do, args=(job,), daemon=True).start()


def main():
    url, job_type, auth_key, name, mode = (*sys.argv[1:], "single")[:5]
    worker = Worker(url, job_type, auth_key, name)
    tell(event="status", status=worker.post("/worker_check_server_status", worker.identity)[0])
    try:
        if mode == "hang":
            jobs = []
            while not jobs:
                jobs = worker.take(1)
            tell(event="hanging", job=jobs[0]["job_id"])
            time.sleep(3600)
        elif mode == "generator":
            serve_as_generator(worker, 4)
        else:
            serve_batches(worker, 1 if mode == "single" else 4)
    except Refused as reason:
        tell(event="refused", message=str(reason))
        sys.exit(3)


main()
