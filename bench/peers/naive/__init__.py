"""boto3 and requests, and nothing else."""
