"""The fragments of a page, one topic a file: tables, charts and sentences, made only of released values."""
