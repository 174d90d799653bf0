"""Hidden tests, one module per lesson. Instructors only: never give this folder to a class."""
