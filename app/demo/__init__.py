"""What exists only for the demonstration and for development: nothing in production imports it."""
