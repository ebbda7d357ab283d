"""One file per channel, nothing else; `bot.registry` lists them."""
