"""What start.py does: the environment, the app, the tests. Standard library only, for it runs before anything is installed."""
