"""Celery with smtplib. `celery -A celery_mail worker` sends what is queued; `python celery_mail.py` queues: it reads lines
`go ROUND COUNT` and answers each with the nanoseconds of the clock before the first and after the last was queued."""

import json
import os
import smtplib
import sys
import time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit

from celery import Celery, signals

app = Celery("mails", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_default_queue=os.environ["BENCH_PREFIX"],
    worker_prefetch_multiplier=64,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    task_send_sent_event=False,
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
)
server = urlsplit(os.environ["BENCH_SMTP_URL"])
# Each process of the worker keeps its own open.
connection = None


def compose(mail):
    message = EmailMessage(policy=SMTP)
    message["From"] = mail["from"]
    user, domain = mail["to"].split("@")
    message["To"] = Address(mail["name"], user, domain)
    message["Message-ID"] = mail["id"]
    message["Subject"] = mail["subject"]
    message.set_content(mail["text"])
    message.add_alternative(mail["html"], subtype="html")
    message.add_alternative(mail["calendar"], subtype="calendar", params={"method": mail["method"]})
    message.add_attachment(mail["calendar"], subtype="calendar", filename="interview.ics")
    return message


@app.task(bind=True, name="send", max_retries=7)
def send(self, mail):
    global connection
    try:
        if connection is None:
            connection = smtplib.SMTP(server.hostname, server.port, timeout=20)
        connection.send_message(compose(mail))
    except (smtplib.SMTPException, OSError) as error:
        connection = None
        raise self.retry(exc=error, countdown=10 * 2**self.request.retries)


@signals.worker_ready.connect
def ready(**_):
    print("ready", flush=True)


def ask():
    with open(os.environ["BENCH_MAIL"], encoding="utf-8") as file:
        mail = json.load(file)
    with app.producer_pool.acquire(block=True) as producer:
        print("ready", flush=True)
        for line in sys.stdin:
            _, turn, count = line.split()
            begun = time.time_ns()
            for number in range(int(count)):
                own = {
                    "id": f"<celery-{turn}-{number}@peer.example>",
                    "to": f"candidate{number}@example.com",
                    "name": f"Candidate {number}",
                }
                send.apply_async(({**mail, **own},), producer=producer)
            print(begun, time.time_ns(), flush=True)


if __name__ == "__main__":
    ask()
