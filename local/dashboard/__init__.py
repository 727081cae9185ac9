"""The stack's dashboard as a picture: `python -m local.dashboard`.

Reads the dashboards that the local stack has deployed and draws them with the figures that its
CloudWatch has now, as the console would.
"""
