"""Measurements of formarelay beside named peers, in the same run."""

import os

# The SAM CLI brings native code for signing along, which botocore would use and Lambda does not
# have. Before botocore is imported.
os.environ["BOTO_DISABLE_CRT"] = "true"
