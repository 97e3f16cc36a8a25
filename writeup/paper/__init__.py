"""The write-up, a3-writeup: content as data (`blocks`), put together by section (`sections`), rendered as a PDF and as a page."""
