"""How it travels: networks, clocks, processes; `bot.app` joins the parts."""
