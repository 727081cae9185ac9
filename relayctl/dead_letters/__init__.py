"""What to do about messages that could not be sent: list them, explain them, replay them."""
