"""What is said: conversations, forms and answers; no network, no SQL, no clock of its own."""
