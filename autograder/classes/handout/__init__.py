"""What a class is given: zip files of lessons, with the part of the course that learners install."""
