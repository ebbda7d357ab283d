"""The counselor's workbench and the web chat (NiceGUI): one file per page."""
