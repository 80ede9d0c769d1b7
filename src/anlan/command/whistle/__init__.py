"""吹哨报到: a street calls departments to a matter; they report in, do their part, and the street closes and grades it."""
