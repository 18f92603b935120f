"""From what the user names to pages: finding sources, fetching them, opening them by content, reading pages lazily."""
