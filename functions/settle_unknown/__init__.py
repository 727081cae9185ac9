"""Finds out what became of mails whose call got no answer and whose message never came back."""
