"""The kinds of clean data that people bring, each a generator of rows that do not resemble each other by accident."""
