"""Dead letters in the hands of people: list, show, retry and discard them."""
