"""Whether the backend lives, what it waits for, and a stream of what happens."""
