"""Who listens to a chat is called once per line, and no more after he stopped."""

from __future__ import annotations

from bot.wake import Wake


def test_rings_only_who_listens_to_this_chat() -> None:
    wake, heard = Wake(), []
    wake.listen("web", "a", lambda: heard.append("a"))
    wake.listen("web", "b", lambda: heard.append("b"))
    wake.ring("web", "a")
    wake.ring("terminal", "b")
    assert heard == ["a"]


def test_stopped_listener_is_not_called_and_leaves_nothing_behind() -> None:
    wake, heard = Wake(), []
    stop = wake.listen("web", "a", lambda: heard.append(1))
    stop()
    stop()
    wake.ring("web", "a")
    assert heard == []
    assert not wake._listeners


def test_a_listener_may_stop_while_it_is_called() -> None:
    wake, heard = Wake(), []

    def once() -> None:
        heard.append(1)
        stop()

    stop = wake.listen("web", "a", once)
    wake.listen("web", "a", lambda: heard.append(2))
    wake.ring("web", "a")
    wake.ring("web", "a")
    assert heard == [1, 2, 2]
