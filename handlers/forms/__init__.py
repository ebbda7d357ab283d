"""One file per form, nothing else; `handlers.registry` lists them."""
