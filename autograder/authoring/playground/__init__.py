"""Make the latent playground: small trained models in plain JavaScript, for the pages of lessons 02 to 06."""

from autograder.authoring.playground.page import snippet, write_playground

__all__ = ["snippet", "write_playground"]
