"""What the shortages page is made of."""
