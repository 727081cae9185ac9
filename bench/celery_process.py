"""`python -I -S bench/celery_process.py PATH MODULE ...`: Celery's peer, with its packages alone.

With `put`, the mails of a JSON list from stdin go on its queue. With anything else, its worker runs
with those arguments, as after `celery --app MODULE`.
"""

import os
import sys

sys.path[:0] = sys.argv[1].split(os.pathsep)

if __name__ == "__main__":
    import json
    from importlib import import_module

    worker = import_module(sys.argv[2])
    if sys.argv[3:] == ["put"]:
        for mail in json.load(sys.stdin):
            worker.send_mail.delay(mail)
    else:
        worker.app.worker_main(sys.argv[3:])
