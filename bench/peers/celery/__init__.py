"""A Celery worker on SQS."""
