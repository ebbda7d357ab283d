"""The counselor's workbench, one file per part; every part reads and acts through the same functions as the chat."""
