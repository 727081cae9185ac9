"""CloudWatch as on AWS: metrics from functions and queues, metric math, alarms that are evaluated.

What is true of AWS here comes from its API reference and user guide; where they are silent, the
module says what was chosen.
"""
