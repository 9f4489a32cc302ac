"""What a till does: recognise a guest, enrol one, record sales and returns; its API and the cashier's page."""
