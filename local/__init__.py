"""The laptop's AWS: `python -m local up|down|demo`.

Starts the corrected emulator and the sandbox of both providers, builds and deploys `template.yaml`
with the SAM CLI, and fills the secrets. Everything it writes stands under `.local/`.
"""
