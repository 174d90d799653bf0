"""What notebooks import: data, models, training, evaluation, plots and the visible checks.

Units everywhere: nats per image, summed over pixels and latent dimensions, averaged over the batch.
Importing this package loads nothing heavy; each module imports what it needs.
"""
