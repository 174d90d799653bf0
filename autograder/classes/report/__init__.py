"""What a class did, for its teacher: one page that needs no network, made from what grading recorded."""
