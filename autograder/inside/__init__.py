"""The untrusted side and the wire between both sides. Imports nothing secret: only course_utils."""
