"""Files of the rows behind a page: `GET /export/<page>.csv|xlsx?<the page's own query>`."""
