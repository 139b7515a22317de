"""Pure extractors: an lxml tree in, items and texts out. They know no crawler, network, clock or randomness."""
