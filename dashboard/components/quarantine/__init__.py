"""What the page of quarantined records is made of."""
