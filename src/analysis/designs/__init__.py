"""Before/after designs, one method a file: a Question in, an Effect out."""
