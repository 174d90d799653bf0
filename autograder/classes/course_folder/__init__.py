"""A class's own folder: what `vae-course new` writes into it, its settings, and JupyterLab in it."""
