"""The relevance set: a fixed corpus of fictional listings, judged queries, and how well each engine answers them."""
