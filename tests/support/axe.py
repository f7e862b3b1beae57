"""What axe objects to on a page, and what makes it wider than its window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """What axe objects to, a line each: rule, how bad, and where; once the colours have settled."""
    lines: list[str] = []
    for _ in range(4):
        lines = [
            f"{one['impact']} {one['id']}: {node['target']} {node['any'][:1] and node['any'][0]['message']}"
            for one in Axe().run(page).response["violations"]
            for node in one["nodes"][:3]
        ]
        if not any("color-contrast" in line for line in lines):
            break
        page.wait_for_timeout(500)
    return lines


def sideways(page: Page) -> list[str]:
    """What makes the page wider than its window; nothing, if it is not."""
    return page.evaluate(
        """() => {
      const wide = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= wide) return [];
      return [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > wide + 1)
        .slice(0, 5)
        .map((one) => `${one.tagName}.${one.className} reaches ${Math.round(one.getBoundingClientRect().right)}`);
    }"""
    )
