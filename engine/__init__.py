"""The local fine-tuning server: a process of its own that speaks the OpenAI API on 127.0.0.1. Nothing imports it."""
