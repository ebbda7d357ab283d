"""The sub-commands of `lixiao`, one file each; `bot.cli` joins them."""
