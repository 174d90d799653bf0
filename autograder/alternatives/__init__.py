"""Known right solutions written differently from the reference, one module per lesson."""
