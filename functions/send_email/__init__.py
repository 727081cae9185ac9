"""Takes messages from the queue and sends each once through Forma Mail."""
