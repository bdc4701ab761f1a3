"""Small open models: which lie on this machine, their training in a process of its own, and their answers in another."""
