"""People at their screens: each with a browser of their own, signed in through the page; nothing but clicks, taps and keys."""

from __future__ import annotations

from typing import Any

from tests.browsing import patient

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def sit_down(browser: Any, url: str, username: str, password: str, *, phone: bool = False) -> Any:
    """A page of a fresh browser in which `username` has signed in."""
    context = patient(
        browser.new_context(
            viewport=PHONE if phone else DESK, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=phone, is_mobile=phone,
            geolocation={"longitude": 116.19, "latitude": 39.91, "accuracy": 35}, permissions=["geolocation"],
        )
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{url}/signin/")
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def named(place: Any, name: str) -> Any:
    """The first button or link of that name in a page or a part of one."""
    return (
        place.get_by_role("button", name=name, exact=True).or_(place.get_by_role("link", name=name, exact=True)).first
    )


def answer(page: Any, send: str, **words: str) -> None:
    """Fill the form that has opened in front of the page, press its button, and see it close."""
    form = page.locator("dialog[open]")
    for name, value in words.items():
        field = form.locator(f"[name='{name}']")
        if field.first.get_attribute("type") == "radio":
            form.locator(f"label.choice:has([value='{value}'])").click()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.get_by_role("button", name=send, exact=True).click()
    form.wait_for(state="hidden")
