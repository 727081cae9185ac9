"""What AWS charges for a million mails, from what was counted."""
