"""The leaderboard as one self-contained page: `data` is what it shows, `page` renders it."""
