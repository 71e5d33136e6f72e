"""The jobs, composed from the rooms; prints nothing. A command imports the one it does, and with it what that needs."""
