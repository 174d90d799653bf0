"""The site: lessons and documents as pages, made by Sphinx, that need no other machine when they are read."""
