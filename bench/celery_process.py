"""`python -I -S bench/celery_process.py PATH MODULE ...`: Celery's peer, with its packages alone.

With `put`, each line of stdin is a JSON list of mails that go on its queue; the line is repeated on
stdout when they have. With anything else, its worker runs with those arguments, as after
`celery --app MODULE`.
"""

import os
import sys

sys.path[:0] = sys.argv[1].split(os.pathsep)

if __name__ == "__main__":
    import json
    from importlib import import_module

    worker = import_module(sys.argv[2])
    if sys.argv[3:] == ["put"]:
        for line in sys.stdin:
            for mail in json.loads(line):
                worker.send_mail.delay(mail)
            sys.stdout.write(line)
            sys.stdout.flush()
    else:
        worker.app.worker_main(sys.argv[3:])
