"""The Flask application: API, web pages and the domain of referrals and loyalty."""
