"""The lens itself: worked numbers, thickness and weight, inspection tolerances, and the decision on an order."""
